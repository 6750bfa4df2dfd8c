"""RESP: status, media type and body of successes. Tests cause successes, and `checks.every_response` checks them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.every_response import observe
from ..checks.expect import Violation
from ..checks.run import Run
from ..checks.sample_settings import BUDGET, RATE_LIMIT
from ..checks.search import for_all
from ..checks.strategies import Generated, published_requests
from ..contract.document import Operation
from ..contract.operation_ids import (
    ASSIGN_TEAM,
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    DELETE_UNIT,
    LIST_TEAMS,
    LIST_UNITS,
    REMOVE_TEAM,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)
from ..contract.rules import Need
from ..target.business_units import COMPONENTS, Blocked, Unit, Units, component
from ..target.exchange import Exchange
from ..target.target import Target, Unreachable

_JUDGED_ON_EVERY_RESPONSE = ("RESP-01", "RESP-02", "RESP-03", "RESP-04", "RESP-05", "RESP-06", "RESP-07", "RESP-08")
_READS_IN_A_ROW = 6
_TOKENS = {name: value for name, value in RATE_LIMIT.items() if name.startswith("token")}
_REQUESTS = {name: value for name, value in RATE_LIMIT.items() if name.startswith("request")}
_STATES: list[dict[str, Any]] = [
    {"budget": {}, "rate_limit": {}},
    {"budget": BUDGET, "rate_limit": {}},
    {"budget": {**BUDGET, "calendar_aligned": True}, "rate_limit": {}},
    {"budget": {}, "rate_limit": {}},
    {"budget": {}, "rate_limit": _TOKENS},
    {"budget": {}, "rate_limit": {}},
    {"budget": {}, "rate_limit": _REQUESTS},
    {"budget": BUDGET, "rate_limit": RATE_LIMIT},
]


@pytest.mark.together("named")  # uses the team that the user named
@pytest.mark.parametrize(
    "rule", [pytest.param(rule, marks=pytest.mark.rule(rule)) for rule in _JUDGED_ON_EVERY_RESPONSE]
)
def test_successful_responses_follow_the_contract(run: Run, unit: Unit, rule: str) -> None:
    """Each rule judges one aspect of every response; see `checks.every_response`."""
    exchanges = run.once("successes", lambda: _successes(run, unit))
    if not any(exchange.ok for exchange in exchanges):
        raise Blocked("no request succeeds", exchanges[-1])


def _successes(run: Run, unit: Unit) -> list[Exchange]:
    target = run.target
    exchanges = [exchange for state in _STATES for exchange in (unit.put(state), unit.fetch())]
    unit.put({"budget": 7})  # refusals also have declared statuses
    for operation, query in ((LIST_UNITS, {"search": run.units.prefix}), (LIST_TEAMS, {})):
        if target.serves(operation):
            target.call(operation, path=unit.path, query=query)
    if Need.OWN_UNITS not in run.missing:
        _send_every_operation(run)
    return exchanges


@pytest.mark.first_contact
@pytest.mark.rule("RESP-04")
def test_the_first_response_is_a_json_document(run: Run) -> None:
    """`checks.every_response` checks the response. All other tests rely on it."""
    if run.target.serves(LIST_UNITS):
        run.target.call(LIST_UNITS, query={"limit": run.target.contract.pages(LIST_UNITS).limit(1)})
    else:
        run.units.named().put({})


@pytest.mark.rule("RESP-03")
@pytest.mark.parametrize("accepted", ["text/html, application/json;q=0.9, */*;q=0.8", "*/*"])
def test_json_is_the_only_media_type(unit: Unit, target: Target, accepted: str) -> None:
    """The contract has no other representation (RFC 9110 section 12.5.1)."""
    unit.set_state(budget=BUDGET)
    for body in ({}, {"budget": BUDGET}):
        sent = {"Accept": accepted}
        exchange = target.call(UPDATE_GOVERNANCE, body, path=unit.path, headers=sent)
        if exchange.media_type != "application/json":
            got = exchange.headers.get("content-type", "none")
            raise Violation("Content-Type application/json", f"Content-Type {got}", exchange)


def _send_every_operation(run: Run) -> None:
    """Create a unit, send every operation on it that the target serves, and delete it."""
    target, created = run.target, run.units.create()
    steps: list[tuple[str, Any]] = [
        (RENAME_UNIT, {"name": run.units.new_name()}),
        (CREATE_GOVERNANCE, {"budget": BUDGET, "rate_limit": RATE_LIMIT}),
        (DELETE_GOVERNANCE, None),
    ]
    path = dict(created.path)
    if Need.TEAM not in run.missing:
        path["team_id"] = run.team
        steps += [
            (ASSIGN_TEAM, {"team_id": path["team_id"]}),
            (LIST_TEAMS, None),
            (REMOVE_TEAM, None),
        ]
    for operation, body in [*steps, (DELETE_UNIT, None)]:
        if target.serves(operation):
            target.call(operation, body, path=path)
    run.units.delete(created)


@pytest.mark.rule("RESP-09")
@pytest.mark.searches
def test_generated_requests_get_a_declared_status(
    operation: Operation, unit: Unit, units: Units, target: Target
) -> None:
    if not operation.published:
        pytest.skip(f"no published page describes {operation.id}")

    def check(sample: tuple[Generated, bool]) -> None:
        generated, somewhere = sample
        place = units.create() if operation.id == DELETE_UNIT else unit
        unknown = f"{units.prefix}-{_printable(generated.unit_id)}"
        path = {"id": place.id if somewhere else unknown, "team_id": unknown}
        exchange = _send(target, operation, generated, path, units)
        for found in observe(target.contract, exchange):
            if found.rule in ("ERROR-06", "RESP-08"):
                raise Violation(found.expected, found.got, exchange)
        if place is not unit:
            units.delete(place)

    for_all(
        st.tuples(published_requests(target.contract, operation.id), st.booleans()), check, divide_by=3, max_shrinks=0
    )


def _send(target: Target, operation: Operation, generated: Generated, path: dict[str, str], units: Units) -> Exchange:
    """Send a generated request, restricted so that it cannot change units of others."""
    body = generated.body if isinstance(generated.body, dict) else None
    if operation.id == CREATE_UNIT:
        body = {**(body or {}), "name": f"{units.new_name()} {(body or {}).get('name', '')}"}
    if operation.id == ASSIGN_TEAM:
        body = {**(body or {}), "team_id": path["team_id"]}
    exchange = _call(target, operation, body, path, generated.query)
    created = units.register(exchange) if operation.id == CREATE_UNIT else None
    if created is not None:
        units.delete(created)
    return exchange


@pytest.mark.rule("RESP-10")
def test_consecutive_reads_never_show_less_usage(used_unit: Unit) -> None:
    """Usage may grow between two reads, but not shrink. It shrinks if each replica has its own counters."""
    before = used_unit.read()
    for _ in range(_READS_IN_A_ROW):
        fetched = used_unit.fetch()
        now = expect.succeeded(fetched)
        for name in COMPONENTS:
            expect.keeps_usage(component(before, name) or {}, component(now, name) or {}, name, fetched)
        before = now


def _call(target: Target, operation: Operation, body: Any, path: dict[str, str], query: Any) -> Exchange:
    """Send a request, and repeat it if there is no response: the target may just be closing the connection."""
    for _ in range(2):
        try:
            return target.call(operation.id, body, path=path, query=query)
        except Unreachable as reason:
            lost = str(reason)
    control = target.call(UPDATE_GOVERNANCE, {}, path=path)  # raises if the target is unreachable
    raise Violation(f"a response to {operation.id} with {body!r} and {query!r}"[:1000], lost, control)


def _printable(text: str) -> str:
    """Return the characters of a path parameter that every router keeps in one path segment."""
    return "".join(sign for sign in unquote(text) if sign.isprintable() and sign not in "/\\?#%;.")
