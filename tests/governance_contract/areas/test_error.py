"""ERROR: status codes and bodies of refusals. The tests cause refusals, and `checks.every_response` checks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from ..checks import expect
from ..checks.every_response import observe
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT, permitted_body
from ..checks.inputs.unusual_requests import BAD_BODIES, UNUSUAL_UPDATES
from ..checks.run_protocol import Run
from ..checks.violation import Violation
from ..contract.operation import Operation, fill_path
from ..contract.operation_ids import (
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    GET_UNIT,
    LIST_UNITS,
    UPDATE_GOVERNANCE,
)
from ..target.credentials import NONE
from ..target.errors import Blocked
from ..target.exchange import Exchange, unit_in
from ..target.run_units import Units
from ..target.target import Target
from ..target.unit import NO_SUCH_TEAM, Unit
from ..vocabulary import About, Difference

_JUDGED_ON_EVERY_RESPONSE = ("ERROR-02", "ERROR-03", "ERROR-04", "ERROR-06", "ERROR-07", "ERROR-09")
_REFUSALS = "refusals"
"""The key of the refusals in ``Run.once``; also the group of the tests that use them, which one process runs."""
_SHORTEST_ID_TO_CUT = 8
# Parts of stack traces, paths and database messages, which must not reach a client.
_INTERNALS = (
    "Traceback (most recent",
    'File "',
    "goroutine ",
    "panic:",
    ".go:",
    ".java:",
    "    at ",
    "node_modules",
    "SELECT ",
    "INSERT INTO",
    "SQLSTATE",
    "UNIQUE constraint",
    "sqlalchemy",
    "gorm.",
)


def _refusals(run: Run, unit: Unit) -> Iterator[Exchange]:
    """Send requests that the operations must refuse. Other rules judge whether they do."""
    target = run.target
    unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    yield target.call(UPDATE_GOVERNANCE, {}, path=unit.path, credential=NONE)
    for operation in target.contract.operations.values():
        if not target.serves(operation.id):
            continue
        if operation.needs_unit:
            yield _call_nowhere(target, operation, run.units.nowhere().id)
        for raw in BAD_BODIES.get(operation.id, []):
            yield target.call(operation.id, raw=raw, path={"id": unit.id})
    yield from _conflicts(run, unit)


def _conflicts(run: Run, unit: Unit) -> Iterator[Exchange]:
    target = run.target
    if target.serves(CREATE_GOVERNANCE):
        yield unit.create_governance({"budget": BUDGET})
    if target.serves(CREATE_UNIT):
        created = run.units.create(name := run.units.new_name())
        yield target.call(CREATE_UNIT, {"name": name})
        run.units.delete(created)
    if target.serves(DELETE_GOVERNANCE):
        unit.set_state()
        yield target.call(DELETE_GOVERNANCE, path=unit.path)


def _call_nowhere(target: Target, operation: Operation, unit_id: str) -> Exchange:
    path = {"id": unit_id, "team_id": NO_SUCH_TEAM}
    return target.call(operation.id, permitted_body(operation.id), path=path)


@pytest.mark.rule("ERROR-01")
def test_an_unknown_unit_is_not_found(operation: Operation, unit: Unit, units: Units, target: Target) -> None:
    if not operation.needs_unit:
        pytest.skip(f"{operation.id} does not address a business unit")
    unit.prepare_state(budget=BUDGET)
    # No unit has these identifiers: each contains the random prefix of this run.
    for unknown in (
        units.nowhere().id,
        f"{unit.id}-{units.prefix}",
        f"{units.prefix} {'é' * 3}",
        f"{units.prefix}-{'x' * 200}",
    ):
        expect.status(_call_nowhere(target, operation, unknown), 404)


def _expect_no_unit(unit: Unit, ids: Iterable[str]) -> None:
    """Expect that no unit has any of these identifiers. The requests change nothing, in case a unit has one."""
    expect.succeeded(unit.fetch())
    for unit_id in ids:
        unknown = Unit(unit.target, unit_id, None)
        for exchange in (unknown.fetch(), unknown.put({})):
            expect.status(exchange, 404, 400)


@pytest.mark.rule("ERROR-11")
@pytest.mark.many_requests
def test_part_of_an_id_is_not_found(unit: Unit) -> None:
    """Short identifiers are left out, because a part of one may be the identifier of another unit."""
    parts = [unit.id[:-1], unit.id[1:], unit.id[: len(unit.id) // 2]] if len(unit.id) > _SHORTEST_ID_TO_CUT else []
    patterns = [f"{unit.id[:-1]}%", f"{unit.id[:-1]}_", f"{unit.id[:-1]}*", "%", "*", f"{unit.id}' OR '1'='1"]
    _expect_no_unit(unit, [part for part in [*parts, *patterns] if part != unit.id])


@pytest.mark.rule("ERROR-12")
@pytest.mark.many_requests
def test_ids_are_compared_exactly(unit: Unit) -> None:
    variations = [unit.id.swapcase(), f"{unit.id} ", f" {unit.id}", f"{unit.id}\t"]
    variations.append(f"%{ord(unit.id[0]):02x}{unit.id[1:]}")  # is not decoded twice
    if unit.name is not None:
        variations.append(unit.name)
    _expect_no_unit(unit, [variation for variation in variations if variation != unit.id])


@pytest.mark.rule("ERROR-12")
@pytest.mark.parametrize("before", ["x/../", ""], ids=["dot segments", "null"])
def test_an_id_is_not_found_in_a_path_that_a_router_may_refuse(unit: Unit, target: Target, before: str) -> None:
    """A router in front of the API may redirect such a path or refuse it in its own form."""
    expect.succeeded(unit.fetch())
    unit_id = f"{before}{unit.id}" if before else f"{unit.id}\x00x"
    for name, payload in ((GET_UNIT, None), (UPDATE_GOVERNANCE, b"{}")):
        if target.serves(name):
            operation = target.operation(name)
            exchange = target.send(operation.method, fill_path(operation.path, {"id": unit_id}), payload)
            if exchange.ok and (unit_in(exchange) or {}).get("id") == unit.id:
                raise Violation("not the business unit", exchange.outcome, exchange)


@pytest.mark.rule("ERROR-10")
@pytest.mark.operations(UPDATE_GOVERNANCE, CREATE_GOVERNANCE)
def test_a_bad_body_for_an_unknown_unit(operation: Operation, unit: Unit, units: Units, target: Target) -> None:
    """The contract leaves open whether the body or the identifier is checked first."""
    expect.succeeded(unit.fetch())
    nowhere = units.nowhere().path
    for raw in [*BAD_BODIES[operation.id], b"null", b"7", b'{"budget": {}, "rate_limit": 7}']:
        expect.status(target.call(operation.id, raw=raw, path=nowhere), 400, 404)
    expect.status(target.call(operation.id, permitted_body(operation.id), path=nowhere), 404)


def _recorded_refusals(run: Run, unit: Unit) -> list[Exchange]:
    """Send the invalid requests once in the run, and return the exchanges.

    Raises:
        Blocked: the target refuses none of them.
    """
    refusals = run.once(_REFUSALS, lambda: list(_refusals(run, unit)))
    if all(exchange.ok for exchange in refusals):
        raise Blocked("the target refuses none of the invalid requests", refusals[-1])
    return refusals


@pytest.mark.together(_REFUSALS)
@pytest.mark.parametrize(
    "rule", [pytest.param(rule, marks=pytest.mark.rule(rule)) for rule in _JUDGED_ON_EVERY_RESPONSE]
)
@pytest.mark.many_requests
def test_error_responses_follow_the_contract(run: Run, unit: Unit, rule: str) -> None:
    """Each rule judges one aspect of every refusal. The run judges each response, as in `test_resp`."""
    _recorded_refusals(run, unit)


@pytest.mark.rule("ERROR-05")
@pytest.mark.together(_REFUSALS)
def test_refusals_do_not_reveal_internals(run: Run, unit: Unit) -> None:
    for exchange in _recorded_refusals(run, unit):
        response = exchange.body.decode("utf-8", "replace").replace('\\"', '"')
        for internal in _INTERNALS:
            if internal in response:
                about = About(difference=Difference.FORM)
                raise Violation("a refusal without internals", f"{internal.strip()!r} in it", exchange, about=about)


@pytest.mark.rule("ERROR-06")
@pytest.mark.parametrize("kind", list(UNUSUAL_UPDATES))
def test_an_unusual_update_causes_no_server_error(unit: Unit, kind: str) -> None:
    """The target may accept or refuse these bodies, but must not fail on them."""
    unit.prepare_state(budget=BUDGET)
    for raw in UNUSUAL_UPDATES[kind]:
        expect.no_failure(unit.put(raw=raw))


@pytest.mark.rule("ERROR-06")
@pytest.mark.parametrize("encoded", ["%FF", "%C3%28", "%00"])
def test_an_unusual_id_causes_no_server_error(unit: Unit, target: Target, encoded: str) -> None:
    expect.succeeded(unit.fetch())
    operation = target.operation(UPDATE_GOVERNANCE)
    location = operation.path.replace("{id}", encoded)
    expect.no_failure(target.send(operation.method, location, b"{}", operation=operation))


@pytest.mark.rule("ERROR-06")
def test_unusual_queries_cause_no_server_error(target: Target) -> None:
    target.require(LIST_UNITS)
    for query in (
        {"page": 2**63},
        {"page": "last"},
        {"limit": -(2**63) - 1},
        {"limit": "1e3"},
        {"search": "%_'\"\\😀"},
    ):
        expect.no_failure(target.call(LIST_UNITS, query=query))


@pytest.mark.rule("ERROR-09")
def test_a_method_that_is_not_served(unit: Unit, target: Target) -> None:
    """GET is a safe method. Another method might change something."""
    update = target.operation(UPDATE_GOVERNANCE)
    if not update.declares(405):
        pytest.skip("the contract in use does not declare 405")
    exchange = target.send("GET", fill_path(update.path, unit.path))
    if exchange.status != 405:
        pytest.skip(f"the target returns {exchange.status} for GET of the governance; HTTP-01 judges that")
    for observation in observe(target.contract, replace(exchange, request=replace(exchange.request, operation=update))):
        raise Violation(observation.expected, observation.got, exchange, rule=observation.rule, about=observation.about)
