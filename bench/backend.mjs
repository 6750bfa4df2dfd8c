// A server with openapi-backend for the measured requests: key, validation of requests and responses, no state.
// node backend.mjs PORT CONTRACT PACKAGE; the environment has GOVERNANCE_API_KEY, and the bodies BENCH_UNIT and BENCH_UPDATED.
import http from "node:http";
import { createRequire } from "node:module";

const [port, definition, package_] = process.argv.slice(2);
const { OpenAPIBackend } = createRequire(import.meta.url)(package_);
const bodies = {
  getBusinessUnit: JSON.parse(process.env.BENCH_UNIT),
  updateBusinessUnitGovernance: JSON.parse(process.env.BENCH_UPDATED),
};
const key = `Bearer ${process.env.GOVERNANCE_API_KEY}`;
const answer = (status, body) => ({ status, body });
const api = new OpenAPIBackend({
  definition,
  strict: false,
  quick: true,
  ajvOpts: { strict: false, logger: false }, // without formats, which are a plugin of ajv
  handlers: {
    ...Object.fromEntries(Object.entries(bodies).map(([name, body]) => [name, () => answer(200, body)])),
    validationFail: (c) => answer(400, { status_code: 400, error: { message: c.validation.errors[0].message } }),
    unauthorizedHandler: () => answer(401, { status_code: 401, error: { message: "Unauthorized" } }),
    notFound: () => answer(404, { status_code: 404, error: { message: "Not found" } }),
    postResponseHandler: (c) => {
      if (c.response.status !== 200) return c.response;
      const { errors } = c.api.validateResponse(c.response.body, c.operation, 200);
      return errors ? answer(500, { status_code: 500, error: { message: errors[0].message } }) : c.response;
    },
  },
});
await api.init();
for (const name of Object.keys(api.definition.components.securitySchemes)) {
  api.registerSecurityHandler(name, (c) => c.request.headers.authorization === key);
}

http
  .createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const [path, query] = request.url.split("?");
      const sent = Buffer.concat(chunks).toString();
      const { method, headers } = request;
      const found = await api.handleRequest({ method, path, query, headers, body: sent || undefined }, sent);
      response.writeHead(found.status, { "Content-Type": "application/json" });
      response.end(JSON.stringify(found.body));
    });
  })
  .listen(Number(port), "127.0.0.1");
