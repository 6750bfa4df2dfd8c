"""CORS in a browser: pages of other origins use the mock."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from judging import CREDENTIALS
from mock_process import MockProcess

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


_REQUESTS = """<!doctype html><meta charset="utf-8"><title>Another origin</title><script>
const units = %(url)s + "/api/governance/business-units";
const call = async (path, options) => {
  try {
    const answer = await fetch(units + path, options);
    const exposed = ["Allow", "WWW-Authenticate"].map(name => answer.headers.get(name)).filter(text => text);
    return [answer.status, ...exposed, (await answer.text()).length > 0];
  } catch (error) { return String(error); }
};
(async () => {
  const seen = {origin: location.origin};
  const headers = {"Authorization": "Bearer " + %(key)s};
  for (const name of ["traceparent", "X-Requested-With", "Cache-Control", "x-api-key", "X-Own_Name!"])
    seen[name] = await call("", {headers: {...headers, [name]: "1"}});
  for (const credentials of ["include", "omit"]) seen[credentials] = await call("", {headers, credentials});
  for (const method of ["PATCH", "OPTIONS", "PROPFIND", "HEAD"]) seen[method] = await call("", {method, headers});
  seen.unreadable = [await call("", {method: "FROB", headers})].flat()[0];
  seen.keyless = await call("", {credentials: "include"});
  seen.unknown = await call("/nobody", {headers});
  seen.broken = await call("/bu-legal/governance", {method: "PUT", headers, body: "{"});
  seen.large = await call("/bu-legal/governance", {method: "PUT", headers, body: " ".repeat(2 ** 20 + 1)});
  await fetch("/seen", {method: "POST", body: JSON.stringify(seen)});
})();
</script>"""
_ANSWERS = {
    **{name: [200, True] for name in ("traceparent", "X-Requested-With", "Cache-Control", "x-api-key", "X-Own_Name!")},
    "include": [200, True],
    "omit": [200, True],
    "PATCH": [405, "GET, HEAD, POST", True],
    "OPTIONS": [405, "GET, HEAD, POST", True],
    "PROPFIND": [405, "GET, HEAD, POST", True],
    "HEAD": [200, False],
    "keyless": [401, "Bearer", True],
    "unknown": [404, True],
    "broken": [400, True],
    "large": [413, True],
}
_REFUSED = {400, 405, 501}  # a server may refuse a method that it does not know before the mock sees the request


def _requests(browse: Callable[..., dict[str, Any]], url: str, host: str) -> tuple[str, dict[str, Any]]:
    """Send the requests from a page of a host. Return the host and port of its origin, and the answers it read."""
    page = _REQUESTS % {"url": json.dumps(url), "key": json.dumps(CREDENTIALS["GOVERNANCE_API_KEY"])}
    # The helper opens http://localhost; a small page there goes on to the host.
    start = f"<script>location = `http://{host}:${{location.port}}/page`</script>"
    seen = browse({"/": start, "/page": page}, "--host-resolver-rules=MAP *.example 127.0.0.1")
    return str(seen.pop("origin")).removeprefix("http://").rpartition(":")[0], seen


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1"])
def test_a_page_of_a_loopback_origin_reads_every_answer(
    browse: Callable[..., dict[str, Any]], mock_url: str, host: str
) -> None:
    opened, seen = _requests(browse, mock_url, host)
    assert opened == host
    assert seen.pop("unreadable") in _REFUSED
    assert seen == _ANSWERS


def test_a_page_of_any_named_origin_reads_every_answer(browse: Callable[..., dict[str, Any]]) -> None:
    with MockProcess("--cors-origin", "*", key=CREDENTIALS["GOVERNANCE_API_KEY"]) as mock:
        opened, seen = _requests(browse, mock.url, "a.app.example")
    assert opened == "a.app.example"
    assert seen.pop("unreadable") in _REFUSED
    assert seen == _ANSWERS


def test_a_page_of_another_origin_reads_nothing(browse: Callable[..., dict[str, Any]], mock_url: str) -> None:
    host, seen = _requests(browse, mock_url, "app.example")
    assert host == "app.example"
    assert seen.pop("unreadable") == "TypeError: Failed to fetch"
    assert seen == dict.fromkeys(_ANSWERS, "TypeError: Failed to fetch")
