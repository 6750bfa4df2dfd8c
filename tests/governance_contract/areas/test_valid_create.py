"""VALID, all operations but the update: bad names, team ids and first governance in chosen bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..checks import expect
from ..checks.inputs.sample_settings import BUDGET, VALUES_BY_JSON_TYPE
from ..checks.inputs.strategies import broken_in_each_way
from ..checks.inputs.unusual_requests import malformed
from ..checks.refusals import RefusedRequests
from ..checks.run_protocol import Run
from ..checks.violation import still_present
from ..contract.operation_ids import ASSIGN_TEAM, CREATE_GOVERNANCE, CREATE_UNIT, LIST_UNITS, RENAME_UNIT
from ..target.run_units import Units, units_named
from ..target.target import Target
from ..target.unit import Unit


def _without_text(member: str) -> list[Any]:
    """Return bodies in which a member of type string is missing or has another type."""
    values = [value for kind in VALUES_BY_JSON_TYPE if kind != "string" for value in VALUES_BY_JSON_TYPE[kind]]
    return [{}, *({member: value} for value in values)]


@pytest.mark.rule("VALID-17")
@pytest.mark.many_requests
def test_a_name_must_be_text(units: Units, target: Target) -> None:
    units.delete(units.create())
    name = units.new_name()
    for body in [*_without_text("name"), [], [{"name": name}], name, 7, True]:
        expect.status(target.call(CREATE_UNIT, body), 400)
    for raw in malformed("{'name': 'x'}"):
        expect.status(target.call(CREATE_UNIT, raw=raw), 400)
    if target.serves(LIST_UNITS):
        listing, created = units_named(target, name)
        if created:
            raise still_present("no business unit created by a refused request", name, listing, rule="VALID-16")


@pytest.mark.rule("VALID-20")
@pytest.mark.many_requests
def test_a_new_name_must_be_text(run: Run, unit: Unit, units: Units, target: Target) -> None:
    expect.succeeded(target.call(RENAME_UNIT, {"name": units.new_name()}, path=unit.path))
    requests = RefusedRequests(run, RENAME_UNIT, unit, {}, rule="VALID-20")
    requests.expect_bodies_refused([*_without_text("name"), [], "name", 7, True, *malformed("{'name': 'x'}")])


@pytest.mark.rule("VALID-22")
@pytest.mark.parametrize("operation_id", [CREATE_UNIT, RENAME_UNIT])
def test_empty_blank_and_long_names_are_refused(unit: Unit, units: Units, target: Target, operation_id: str) -> None:
    target.require(operation_id)
    path = {} if operation_id == CREATE_UNIT else unit.path
    expect.succeeded(target.call(operation_id, {"name": units.new_name()}, path=path))
    names = ["", "   ", "\t\n", f"{units.new_name()}-{'x' * (target.contract.longest_name or 0)}"]
    forbidden = [name for name in names if not target.operation(operation_id).permits(_named(name))]
    if not forbidden:
        pytest.skip("the contract in use permits all of these names")
    before = unit.read()
    for name in forbidden:
        exchange = expect.status(target.call(operation_id, raw=_named(name), path=path), 400)
        expect.unchanged(unit, before, exchange, rule="VALID-22")


def _named(name: str) -> bytes:
    return json.dumps({"name": name}).encode()


@pytest.mark.rule("VALID-18")
def test_a_team_id_must_be_text(run: Run, unit: Unit) -> None:
    bodies = [*_without_text("team_id"), [], ["team"], "team", 7, True, *malformed("{'team_id': 'x'}")]
    RefusedRequests(run, ASSIGN_TEAM, unit, {}, rule="VALID-16").expect_bodies_refused(bodies)


@pytest.mark.rule("VALID-19")
@pytest.mark.many_requests
def test_a_body_that_is_no_first_governance_is_refused(run: Run, unit: Unit, target: Target) -> None:
    bodies: list[Any] = [
        {},
        {"budget": {}},
        {"budget": {**BUDGET, "max_limit": "1"}},
        {"rate_limit": 7},
        {"budget": []},
    ]
    bodies += [*malformed("{'budget': {}}"), *broken_in_each_way(target.contract, CREATE_GOVERNANCE)]
    RefusedRequests(run, CREATE_GOVERNANCE, unit, {}, rule="VALID-16").expect_bodies_refused(bodies)
