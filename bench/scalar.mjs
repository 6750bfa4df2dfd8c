// The mock server of Scalar on Hono's server for Node, for the measured requests: examples of the contract, no state.
// node scalar.mjs PORT CONTRACT DIRECTORY; the packages are below the directory.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [port, contract, directory] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(createRequire(`${directory}/`).resolve(name)));
const { createMockServer } = await load("@scalar/mock-server");
const { serve } = await load("@hono/node-server");

const app = await createMockServer({ specification: await readFile(contract, "utf8") });
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
