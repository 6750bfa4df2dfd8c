"""Methods, paths, headers, and internal errors of the mock."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from mock_api import KEY, LEGAL, PLATFORM, UNITS, Api

from mock_server.app import create_app
from mock_server.contract.document import Contract
from mock_server.operations import OPERATIONS
from mock_server.store import MemoryStore

HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Vary": "Origin",
}
UNKNOWN = ["/", "//", "/apix", "/api/nowhere", f"{UNITS}/", f"{UNITS}//governance", "//evil.example/..", f"/.{UNITS}"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", UNITS, 200),
        ("GET", f"{UNITS}/nobody", 404),
        ("PUT", f"{UNITS}/{LEGAL}/governance", 400),
        ("PATCH", UNITS, 405),
        *(("GET", path, 404) for path in UNKNOWN),
    ],
)
def test_every_response_has_the_same_headers(api: Api, method: str, path: str, status: int) -> None:
    response = api.call(method, path)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert (response.json or {}).get("status_code", 200) == status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", UNITS, {"GET", "HEAD", "POST"}),
        ("OPTIONS", UNITS, {"GET", "HEAD", "POST"}),
        ("FROB", f"{UNITS}/{LEGAL}", {"GET", "HEAD", "PUT", "DELETE"}),
        ("GET", f"{UNITS}/{LEGAL}/governance", {"POST", "PUT", "DELETE"}),
        ("HEAD", f"{UNITS}/{LEGAL}/governance", {"POST", "PUT", "DELETE"}),
        ("PUT", f"{UNITS}/{LEGAL}/teams/x", {"DELETE"}),
    ],
)
def test_a_405_lists_the_allowed_methods(api: Api, method: str, path: str, allowed: set[str]) -> None:
    response = api.call(method, path)
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == allowed


def test_head_responds_like_get_without_a_body(api: Api) -> None:
    get, head = (api.call(method, f"{UNITS}/{PLATFORM}") for method in ("GET", "HEAD"))
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def failing(contract: Contract, function: Callable[..., Any]) -> Api:
    """Return a mock whose createBusinessUnit is replaced after the start, which would find the failure."""
    functions = dict(OPERATIONS)
    create, started = OPERATIONS["createBusinessUnit"], []
    functions["createBusinessUnit"] = lambda call: (function if started else create)(call)
    api = Api(create_app(contract, [KEY], MemoryStore(), functions=functions))
    started.append(True)
    return api


def test_a_response_that_breaks_the_contract_is_withheld(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    def broken(call: Any) -> dict[str, Any]:
        return OPERATIONS["createBusinessUnit"](call) | {"id": 7}

    api = failing(contract, broken)
    with caplog.at_level(logging.ERROR):
        response = api.call("POST", UNITS, json={"name": "Sales"})
    assert (response.status_code, (response.json or {})["error"]["message"]) == (500, "Internal Server Error")
    assert "createBusinessUnit 200.id: 7 is not of type" in caplog.text
    assert "'type' at /components/schemas/BusinessUnitMutationResponse/properties/id" in caplog.text
    assert (api.call("GET", UNITS).json or {})["total"] == 0, "nothing was stored"


def test_an_internal_error_does_not_reveal_its_cause(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    def failure(call: Any) -> dict[str, Any]:
        raise RuntimeError("cause")

    response = failing(contract, failure).call("POST", UNITS, json={"name": "Sales"})
    assert response.status_code == 500
    assert "cause" not in response.text
    assert "cause" in caplog.text
