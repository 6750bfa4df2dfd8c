"""Two browsers in two sandboxes of one mock at the same time: each sees its own business units and no others."""

from __future__ import annotations

from typing import Any

from browser import browsers
from playwright.sync_api import Page, expect

from mock_server import GovernanceMock, governance_mock

_OPERATIONS = 300  # of each browser
_SECONDS = 60
# Ids are repeatable, so that both sandboxes have units with the same ids and other values.
_WORK = """([base, key, name, count, factor]) => {
  const headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"};
  const call = async (method, path, body) => {
    const answer = await fetch(base + path, {method, headers, body: body && JSON.stringify(body)});
    return [answer.status, answer.status === 204 ? null : await answer.json()];
  };
  const units = "/api/governance/business-units";
  const known = new Map(), wrong = [], seen = {};
  const judge = (what, unit, is) => {
    const {name, limit, usage} = known.get(unit.id) ?? {};
    const shown = [unit.name, unit.budget?.max_limit, unit.budget?.current_usage ?? 0];
    if (JSON.stringify(shown) !== JSON.stringify([name, limit, usage])) wrong.push([what, unit.id, shown, name]);
  };
  const run = async () => {
    for (let turn = 0; turn < count; turn++) {
      const ids = [...known.keys()], id = ids[(turn * factor) % ids.length], unit = known.get(id);
      const kind = ids.length < 3 ? "create" : ["create", "set", "spend", "read", "rename", "list", "delete"][turn % 7];
      seen[kind] = (seen[kind] ?? 0) + 1;
      if (kind === "create") {
        const [status, made] = await call("POST", units, {name: `${name} ${turn}`});
        known.set(made.id, {name: `${name} ${turn}`, usage: 0});
        if (status >= 300) wrong.push([kind, status]);
      } else if (kind === "set") {
        unit.limit = turn * factor;
        const update = {budget: {max_limit: unit.limit, reset_duration: "1d"}};
        judge(kind, (await call("PUT", `${units}/${id}/governance`, update))[1].business_unit);
      } else if (kind === "spend") {
        if (unit.limit === undefined) continue;
        unit.usage += factor;
        await call("POST", `/_mock/units/${id}/spend`, {dollars: factor});
      } else if (kind === "read") {
        judge(kind, (await call("GET", `${units}/${id}`))[1]);
      } else if (kind === "rename") {
        unit.name = `${name} again ${turn}`;
        await call("PUT", `${units}/${id}`, {name: unit.name});
      } else if (kind === "list") {
        const [, list] = await call("GET", `${units}?limit=100`);
        if (list.total !== known.size) wrong.push([kind, list.total, known.size]);
        for (const {id, name} of list.business_units) if (known.get(id)?.name !== name) wrong.push([kind, id, name]);
      } else {
        await call("DELETE", `${units}/${id}`);
        known.delete(id);
      }
    }
    return {wrong, seen, left: [...known.values()].map(unit => unit.name)};
  };
  window.work = run();
  return null;
}"""


def _begin(page: Page, mock: GovernanceMock, name: str, factor: int) -> None:
    page.goto(f"{mock.url}/_mock/health")  # the console would draw every exchange
    page.evaluate(_WORK, [mock.url, mock.key, name, _OPERATIONS, factor])


def test_two_browsers_in_two_sandboxes_never_meet() -> None:
    with governance_mock(seed={"business_units": []}, id_seed=1) as mock, browsers(2) as opened:
        sandboxes = {name: mock.sandbox(name) for name in ("left", "right")}
        pages = {name: browser.new_page() for name, browser in zip(sandboxes, opened, strict=True)}
        for number, (name, page) in enumerate(pages.items()):
            _begin(page, sandboxes[name], name, 3 + 4 * number)
        for page in pages.values():
            page.set_default_timeout(1000 * _SECONDS)
            result: dict[str, Any] = page.evaluate("() => window.work")
            assert result["wrong"] == []
            assert min(result["seen"].values()) > _OPERATIONS // 8
            page.goto(page.url.replace("health", ""))
            expect(page.locator(".unit .name")).to_have_text(result["left"])
        assert mock.control("GET", "/units")["business_units"] == []
