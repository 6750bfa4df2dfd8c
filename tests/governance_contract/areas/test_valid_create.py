"""VALID: bad bodies of creations, renames and assignments of teams."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..checks import expect
from ..checks.refusals import CREATION
from ..checks.sample_settings import BUDGET, OF_TYPE
from ..checks.search import for_all
from ..checks.strategies import broken_in_each_way, forbidden_bodies, spoilt_updates
from ..target.business_units import Unit, Units
from ..target.exchange import Exchange
from ..target.target import Target

_LONGEST_NAME = 255


@pytest.mark.rule("VALID-17")
def test_a_name_must_be_text(units: Units, target: Target) -> None:
    units.delete(units.create())
    bodies: list[Any] = [{}, *({"name": value} for kind in OF_TYPE if kind != "string" for value in OF_TYPE[kind])]
    bodies += [[], [{"name": units.new_name()}], units.new_name(), 7, True]
    for body in bodies:
        expect.status(target.call("createBusinessUnit", body), 400)
    for raw in (b"", b"{", b"{'name': 'x'}"):
        expect.status(target.call("createBusinessUnit", raw=raw), 400)


@pytest.mark.rule("VALID-17")
@pytest.mark.searches
def test_whatever_is_no_new_unit_is_refused(target: Target) -> None:
    bodies = forbidden_bodies(target.contract, "createBusinessUnit")
    # The body has one member. Schemathesis takes long to find further ways to break it.
    for_all(bodies, lambda raw: _expect_400(target.call("createBusinessUnit", raw=raw)), divide_by=3, max_shrinks=0)


@pytest.mark.rule("VALID-20")
def test_a_new_name_must_be_text(unit: Unit, units: Units, target: Target) -> None:
    expect.succeeded(target.call("updateBusinessUnit", {"name": units.new_name()}, path=unit.path))
    before = unit.read()
    bodies: list[Any] = [{}, *({"name": value} for kind in OF_TYPE if kind != "string" for value in OF_TYPE[kind])]
    payloads = [json.dumps(body).encode() for body in [*bodies, [], "name", 7, True]]
    for raw in [*payloads, b"", b"{", b"{'name': 'x'}"]:
        exchange = expect.status(target.call("updateBusinessUnit", raw=raw, path=unit.path), 400)
    expect.unchanged(unit, before, exchange, rule="VALID-20")


@pytest.mark.rule("VALID-22")
@pytest.mark.parametrize("operation_id", ["createBusinessUnit", "updateBusinessUnit"])
def test_a_name_has_something_to_read(unit: Unit, units: Units, target: Target, operation_id: str) -> None:
    if not target.serves(operation_id):
        pytest.skip(target.why_unusable(operation_id))
    path = {} if operation_id == "createBusinessUnit" else unit.path
    expect.succeeded(target.call(operation_id, {"name": units.new_name()}, path=path))
    for name in ("", "   ", "\t\n", f"{units.new_name()}-{'x' * _LONGEST_NAME}"):
        expect.status(target.call(operation_id, {"name": name}, path=path), 400)


@pytest.mark.rule("VALID-18")
def test_a_team_id_must_be_text(unit: Unit, target: Target) -> None:
    bodies: list[Any] = [{}, *({"team_id": value} for kind in OF_TYPE if kind != "string" for value in OF_TYPE[kind])]
    for body in [*bodies, [], ["team"], "team", 7, True]:
        expect.status(target.call("assignTeamToBusinessUnit", body, path=unit.path), 400)
    for raw in (b"", b"{", b"{'team_id': 'x'}"):
        expect.status(target.call("assignTeamToBusinessUnit", raw=raw, path=unit.path), 400)


@pytest.mark.rule("VALID-19")
@pytest.mark.searches
def test_whatever_is_no_first_governance_is_refused(unit: Unit, target: Target) -> None:
    unit.set_state()

    def refused(raw: bytes) -> None:
        exchange = target.call(CREATION, raw=raw, path=unit.path)
        if exchange.ok:
            unit.set_state()  # otherwise the next body would be refused as a conflict
        _expect_400(exchange)

    bodies: list[Any] = [
        {},
        {"budget": {}},
        {"budget": {**BUDGET, "max_limit": "1"}},
        {"rate_limit": 7},
        {"budget": []},
    ]
    for body in bodies:
        refused(json.dumps(body).encode())
    for raw in (b"", b"{", b"{'budget': {}}", *broken_in_each_way(target.contract, CREATION)):
        refused(raw)
    spoilt = forbidden_bodies(target.contract, CREATION) | spoilt_updates(target.contract, CREATION)
    for_all(spoilt, refused, divide_by=2, max_shrinks=0)


def _expect_400(exchange: Exchange) -> None:
    expect.status(exchange, 400)
