"""Refused requests: which of several requests changed a unit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from governance_contract.checks.refusals import RefusedRequests
from governance_contract.checks.run_protocol import Run
from governance_contract.contract.operation_ids import CREATE_UNIT, LIST_UNITS, UPDATE_GOVERNANCE
from governance_contract.target.credentials import NONE
from governance_contract.target.exchange import Exchange
from governance_contract.target.run_units import Units
from governance_contract.target.unit import Unit
from stub_server import Request, Response
from unit_server import UnitServer, unit_server

_BUDGET: dict[str, Any] = {"max_limit": 5, "reset_duration": "1w", "calendar_aligned": False}
_REFUSED = Response(400, b"{}", {"Content-Type": "application/json"})


class _Server:
    """Refuses updates with negative limits, and stores some of them all the same."""

    def __init__(self) -> None:
        self.stored: set[float] = set()
        self.units: UnitServer

    def refuse(self, request: Request) -> Response | None:
        body = json.loads(request.body or b"{}")
        limit = (body.get("budget") or {}).get("max_limit", 0)
        if request.method != "PUT" or limit >= 0:
            return None
        if limit in self.stored:
            self.units.apply("unit", body)
        return _REFUSED


@pytest.fixture
def server() -> _Server:
    return _Server()


@pytest.fixture
def requests(server: _Server) -> Iterator[RefusedRequests]:
    """Refused updates of a unit with a budget."""
    with unit_server(server.refuse) as (units, target, _):
        server.units = units
        units.add("unit", "Unit")
        run = cast(Run, SimpleNamespace(target=target))
        unit = Unit(target, "unit", "Unit")
        yield RefusedRequests(run, UPDATE_GOVERNANCE, unit, {"budget": _BUDGET}, rule="VALID-16")


def _sent(requests: RefusedRequests, *limits: float) -> tuple[list[Callable[[], Exchange]], Exchange]:
    """Send updates with these limits. Return functions that send each again, and the last response."""
    sends = [partial(requests.send, {"budget": {**_BUDGET, "max_limit": limit}}) for limit in limits]
    return sends, [send() for send in sends][-1]


def test_no_request_changed_anything(requests: RefusedRequests) -> None:
    assert requests.find_changes(*_sent(requests, -1, -2, -3)) == []
    assert requests.reusable


def test_each_request_that_changed_something_is_found(requests: RefusedRequests, server: _Server) -> None:
    server.stored = {-1, -3}
    found = requests.find_changes(*_sent(requests, -1, -2, -3))
    bodies = [json.loads(violation.exchange.request_body or b"") for violation in found]
    assert [body["budget"]["max_limit"] for body in bodies] == [-1, -3]
    assert {violation.rule for violation in found} == {"VALID-16"}
    assert not requests.reusable


def test_a_change_that_no_single_request_makes_is_found_once(requests: RefusedRequests, server: _Server) -> None:
    server.stored = {-2}
    sends, last = _sent(requests, -1, -2, -3)
    server.stored = set()  # only the first time
    [violation] = requests.find_changes(sends, last)
    assert violation.exchange is last
    assert requests.unit.read_component("budget")["max_limit"] == 5


class _Creations:
    """Refuses creations with a bad credential, and those of a name that is taken."""

    def __init__(self, *, creates_despite_refusal: bool) -> None:
        self.taken: set[str] = set()
        self._creates_despite_refusal = creates_despite_refusal

    def refuse(self, request: Request) -> Response | None:
        if request.method != "POST":
            return None
        name, is_authorised = json.loads(request.body)["name"], "authorization" in request.headers
        is_taken = name in self.taken
        if is_authorised or self._creates_despite_refusal:
            self.taken.add(name)  # also after the deletion of the unit
        if not is_authorised:
            return Response(401, b"{}", {"Content-Type": "application/json"})
        return Response(409, b"{}", {"Content-Type": "application/json"}) if is_taken else None


@pytest.mark.parametrize(("creates", "expected"), [(True, ["the name still free"]), (False, [])])
def test_a_refused_creation_is_judged_without_a_list(*, creates: bool, expected: list[str]) -> None:
    with unit_server(_Creations(creates_despite_refusal=creates).refuse) as (units, target, _):
        units.add("unit", "Unit")
        target.unusable[LIST_UNITS] = "not served"
        run = cast(Run, SimpleNamespace(target=target, units=Units(target)))
        body = {"name": run.units.new_name()}
        requests = RefusedRequests(run, CREATE_UNIT, Unit(target, "unit", "Unit"), {}, rule="AUTH-13", body=body)
        send = partial(requests.send, credential=NONE)
        for _ in range(2):  # the server keeps the name of a deleted unit
            assert [one.expected for one in requests.find_changes([send], send())] == expected
