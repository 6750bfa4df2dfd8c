// Use openapi-fetch with the types that openapi-typescript generates.
//
// `node client.js URL KEY` creates, changes and deletes a business unit, and prints what it read as JSON.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

const NAME = "Created by a generated client in TypeScript";
const [url, key] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

function expect<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(`refused: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

function limits(unit: {
  budget?: components["schemas"]["Budget"];
  rate_limit?: components["schemas"]["RateLimit"];
}): (number | null)[] {
  return [unit.budget?.max_limit ?? null, unit.rate_limit?.token_max_limit ?? null];
}

const unit = expect(await client.POST("/api/governance/business-units", { body: { name: NAME } }));
const params = { path: { id: unit.id } };
const page = expect(await client.GET("/api/governance/business-units", { params: { query: { search: NAME } } }));
const created = expect(
  await client.POST("/api/governance/business-units/{id}/governance", {
    params,
    body: {
      // openapi-typescript takes a property with a default for required.
      budget: { max_limit: 100, reset_duration: "1d", calendar_aligned: false },
      rate_limit: { token_max_limit: 5000, token_reset_duration: "1h" },
    },
  }),
).business_unit;
const updated = expect(
  await client.PUT("/api/governance/business-units/{id}/governance", {
    params,
    body: { budget: { max_limit: 250 }, rate_limit: {} },
  }),
).business_unit;
const read = expect(await client.GET("/api/governance/business-units/{id}", { params }));
expect(await client.DELETE("/api/governance/business-units/{id}", { params }));
const gone = await client.GET("/api/governance/business-units/{id}", { params });

console.log(
  JSON.stringify({
    listed: page.business_units.map((listed) => listed.id === unit.id),
    created: limits(created),
    updated: limits(updated),
    read: limits(read),
    gone: gone.error?.status_code,
  }),
);
