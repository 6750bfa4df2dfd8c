"""RESP: how successful responses look. `checks.every_response` judges each; the tests here make them happen."""

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
from ..contract.rules import Need
from ..target.business_units import COMPONENTS, Blocked, Unit, Units, component
from ..target.exchange import Exchange
from ..target.target import Target, Unreachable

_JUDGED_ON_THE_WAY = tuple(f"RESP-0{number}" for number in range(1, 9))
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


@pytest.mark.together("named")  # among them is the team that the user named
@pytest.mark.parametrize("rule", [pytest.param(rule, marks=pytest.mark.rule(rule)) for rule in _JUDGED_ON_THE_WAY])
def test_successes_are_as_declared(run: Run, unit: Unit, rule: str) -> None:
    """Each rule looks at its own part of every response; see `checks.every_response`."""
    exchanges = run.once("successes", lambda: _successes(run, unit))
    if not any(exchange.ok for exchange in exchanges):
        raise Blocked("nothing succeeds, so that no success can be judged", exchanges[-1])


def _successes(run: Run, unit: Unit) -> list[Exchange]:
    target = run.target
    exchanges = [exchange for state in _STATES for exchange in (unit.put(state), unit.look())]
    unit.put({"budget": 7})  # a refusal has a declared status, too
    for operation, query in (("listBusinessUnits", {"search": run.units.prefix}), ("listBusinessUnitTeams", {})):
        if target.serves(operation):
            target.call(operation, path=unit.path, query=query)
    if Need.OWN_UNITS in run.capabilities:
        _lead_a_life(run)
    return exchanges


@pytest.mark.first_contact
@pytest.mark.rule("RESP-04")
def test_the_first_answer_is_a_json_document(run: Run) -> None:
    """Each rule looks at its own part of it; see `checks.every_response`. All the other tests rely on it."""
    if run.target.serves("listBusinessUnits"):
        run.target.call("listBusinessUnits", query={"limit": 1})
    else:
        run.units.named().put({})


@pytest.mark.rule("RESP-03")
@pytest.mark.parametrize("accepted", ["text/html, application/json;q=0.9, */*;q=0.8", "*/*"])
def test_json_whatever_else_is_accepted(unit: Unit, target: Target, accepted: str) -> None:
    """The contract knows no other representation (RFC 9110 section 12.5.1)."""
    unit.establish(budget=BUDGET)
    for body in ({}, {"budget": BUDGET}):
        sent = {"Accept": accepted}
        exchange = target.call("updateBusinessUnitGovernance", body, path=unit.path, headers=sent)
        if exchange.media_type != "application/json":
            got = exchange.headers.get("content-type", "none")
            raise Violation("Content-Type application/json", f"Content-Type {got}", exchange)


def _lead_a_life(run: Run) -> None:
    """Take a unit of our own from creation to deletion, through every operation that the target serves."""
    target, own = run.target, run.units.create()
    steps: list[tuple[str, Any]] = [
        ("updateBusinessUnit", {"name": run.units.new_name()}),
        ("createBusinessUnitGovernance", {"budget": BUDGET, "rate_limit": RATE_LIMIT}),
        ("deleteBusinessUnitGovernance", None),
    ]
    path = dict(own.path)
    if Need.TEAM in run.capabilities:
        path["team_id"] = run.team
        steps += [
            ("assignTeamToBusinessUnit", {"team_id": path["team_id"]}),
            ("listBusinessUnitTeams", None),
            ("removeTeamFromBusinessUnit", None),
        ]
    for operation, body in [*steps, ("deleteBusinessUnit", None)]:
        if target.serves(operation):
            target.call(operation, body, path=path)
    run.units.forget(own)


@pytest.mark.rule("RESP-09")
@pytest.mark.searches
def test_generated_requests_get_a_declared_answer(
    operation: Operation, unit: Unit, units: Units, target: Target
) -> None:
    if not operation.published:
        pytest.skip("it is on no published page")

    def check(sample: tuple[Generated, bool]) -> None:
        generated, somewhere = sample
        place = units.create() if operation.id == "deleteBusinessUnit" else unit
        odd = f"{units.prefix}-{_printable(generated.unit_id)}"
        path = {"id": place.id if somewhere else odd, "team_id": odd}
        exchange = _send(target, operation, generated, path, units)
        for found in observe(target.contract, exchange):
            if found.rule in ("ERROR-06", "RESP-08"):
                raise Violation(found.expected, found.got, exchange)
        if place is not unit:
            units.forget(place)

    for_all(st.tuples(published_requests(target.contract, operation.id), st.booleans()), check, share=3, simplify=0)


def _send(target: Target, operation: Operation, generated: Generated, path: dict[str, str], units: Units) -> Exchange:
    """Send a generated request so that it touches nothing of anybody else's."""
    body = generated.body if isinstance(generated.body, dict) else None
    if operation.id == "createBusinessUnit":
        body = {**(body or {}), "name": f"{units.new_name()} {(body or {}).get('name', '')}"}
    if operation.id == "assignTeamToBusinessUnit":
        body = {**(body or {}), "team_id": path["team_id"]}
    exchange = _call(target, operation, body, path, generated.query)
    created = units.adopt(exchange) if operation.id == "createBusinessUnit" else None
    if created is not None:
        units.forget(created)
    return exchange


@pytest.mark.rule("RESP-10")
def test_reads_in_a_row_agree_on_usage(used_unit: Unit) -> None:
    """Usage may grow between two reads; of counters that each replica keeps for itself, some reads show less."""
    before = used_unit.read()
    for _ in range(_READS_IN_A_ROW):
        look = used_unit.look()
        now = expect.succeeded(look)
        for name in COMPONENTS:
            expect.keeps_usage(component(before, name) or {}, component(now, name) or {}, name, look)
        before = now


def _call(target: Target, operation: Operation, body: Any, path: dict[str, str], query: Any) -> Exchange:
    """Send a request, and again where no answer comes: the first may meet a connection that is just being closed."""
    for _ in range(2):
        try:
            return target.call(operation.id, body, path=path, query=query)
        except Unreachable as reason:
            lost = str(reason)
    answered = target.call("updateBusinessUnitGovernance", {}, path=path)  # raises where the target is gone altogether
    raise Violation(f"an answer to {operation.id} with {body!r} and {query!r}"[:1000], lost, answered)


def _printable(text: str) -> str:
    """Return what of a path parameter every router takes for part of one segment."""
    return "".join(sign for sign in unquote(text) if sign.isprintable() and sign not in "/\\?#%;.")
