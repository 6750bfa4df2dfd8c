// A small dashboard of three screens, as a user of the API would write it: a list with search and pages, a unit, and a
// form for its budget. It uses openapi-fetch with the types that openapi-typescript generates from the contract.
//
// The address of the API and the key come from the query of the page.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Unit = components["schemas"]["BusinessUnitDetailResponse"];

const settings = new URLSearchParams(location.search);
const client = createClient<paths>({
  baseUrl: settings.get("api") ?? "",
  headers: { Authorization: `Bearer ${settings.get("key")}` },
});
const UNITS = "/api/governance/business-units";
const LIMIT = 20;

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function show(title: string, ...children: (Node | string)[]): void {
  document.body.replaceChildren(element("h1", {}, title), ...children);
}

function failed(error: { error?: { message?: string } } | undefined): HTMLElement {
  return element("p", { className: "error", role: "alert" }, error?.error?.message ?? "The gateway does not answer.");
}

async function list(page: number, search: string): Promise<void> {
  const query = { page, limit: LIMIT, ...(search ? { search } : {}) };
  const { data, error } = await client.GET(UNITS, { params: { query } });
  if (!data) return show("Units", failed(error));
  const field = element("input", { type: "search", value: search, ariaLabel: "Search" });
  field.onchange = () => list(1, field.value);
  const rows = data.business_units.map((unit) => {
    const link = element("a", { href: "#" }, unit.name);
    link.onclick = () => detail(unit.id);
    return element("li", {}, link, ` ${unit.team_count} teams`);
  });
  const next = element("button", { disabled: page * LIMIT >= data.total }, "Next");
  next.onclick = () => list(page + 1, search);
  show("Units", field, element("ul", {}, ...rows), element("p", { className: "total" }, `${data.total} units`), next);
}

async function detail(id: string): Promise<void> {
  const { data: unit, error } = await client.GET(`${UNITS}/{id}`, { params: { path: { id } } });
  if (!unit) return show("Unit", failed(error));
  const budget = unit.budget
    ? `${unit.budget.current_usage} of ${unit.budget.max_limit} dollars, resets every ${unit.budget.reset_duration}`
    : "no budget";
  const change = element("button", {}, "Change");
  change.onclick = () => form(unit);
  const back = element("button", {}, "Back");
  back.onclick = () => list(1, "");
  show(unit.name, element("p", { className: "budget" }, budget), change, back);
}

function form(unit: Unit): void {
  const limit = element("input", { type: "number", step: "any", ariaLabel: "Limit" });
  const duration = element("input", { value: unit.budget?.reset_duration ?? "1M", ariaLabel: "Duration" });
  limit.value = String(unit.budget?.max_limit ?? 100);
  const problem = element("div", {});
  const save = element("button", {}, "Save");
  save.onclick = async () => {
    const { error } = await client.PUT(`${UNITS}/{id}/governance`, {
      params: { path: { id: unit.id } },
      body: { budget: { max_limit: Number(limit.value), reset_duration: duration.value } },
    });
    if (error) problem.replaceChildren(failed(error));
    else await detail(unit.id);
  };
  show(`Budget of ${unit.name}`, limit, duration, save, problem);
}

void list(1, "");
