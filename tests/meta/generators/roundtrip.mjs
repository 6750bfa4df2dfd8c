// Parse values with the Zod schemas that @hey-api/openapi-ts generates.
//
// `node roundtrip.mjs MODULE` with an object of schema names and values on standard input. It prints an object of the
// same names and of what each schema returns. Zod drops a property that the schema does not have.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const schemas = await import(resolve(process.argv[2]));
const values = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const parsed = values.map(([name, value]) => [name, schemas[`z${name}`].parse(value)]);
console.log(JSON.stringify(Object.fromEntries(parsed), (_, value) => (typeof value === "bigint" ? Number(value) : value)));
