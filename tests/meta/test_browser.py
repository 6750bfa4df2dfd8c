"""CORS in a browser: a page of another origin uses the mock with the Authorization header."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from judging import CREDENTIALS

_PAGE = """<!doctype html><meta charset="utf-8"><title>Another origin</title><script>
const api = %(url)s + "/api/governance/business-units";
const call = async (path, method, body, key = %(key)s) => {
  const answer = await fetch(api + path, {
    method, headers: {"Authorization": "Bearer " + key, "Content-Type": "application/json"},
    body: body === undefined ? undefined : JSON.stringify(body)
  });
  return [answer.status, await answer.json()];
};
(async () => {
  const seen = {};
  try {
    seen.read = await call("/bu-legal", "GET");
    seen.update = await call("/bu-legal/governance", "PUT", {budget: {max_limit: 42.5, reset_duration: "1M"}});
    seen.later = await call("/bu-legal", "GET");
    seen.refused = await call("/bu-legal", "GET", undefined, "sk-bf-not-a-management-key");
  } catch (error) { seen.error = String(error); }
  await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
})();
</script>"""


def test_a_page_of_another_origin_reads_and_updates(browse: Callable[..., dict[str, Any]], mock_url: str) -> None:
    page = _PAGE % {"url": json.dumps(mock_url), "key": json.dumps(CREDENTIALS["GOVERNANCE_API_KEY"])}
    seen = browse({"/": page})
    assert "error" not in seen, seen["error"]
    assert seen["read"][0] == 200
    assert seen["update"][0] == 200
    assert seen["later"][1]["budget"]["max_limit"] == 42.5
    assert seen["refused"][0] == 401
    assert seen["refused"][1]["error"]["message"]
