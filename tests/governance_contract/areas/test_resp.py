"""RESP: status, media type and body of successes. Tests cause successes, and `checks.every_response` checks them."""

from __future__ import annotations

from typing import Any

import pytest

from ..checks import expect
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT, half_of_rate_limit
from ..checks.inputs.unusual_requests import ACCEPT_ANYTHING, ACCEPT_OF_A_BROWSER
from ..checks.run_protocol import NAMED, Run
from ..checks.violation import Violation
from ..contract.components import COMPONENTS
from ..contract.operation_ids import (
    ASSIGN_TEAM,
    CREATE_GOVERNANCE,
    DELETE_GOVERNANCE,
    DELETE_UNIT,
    LIST_TEAMS,
    LIST_UNITS,
    REMOVE_TEAM,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)
from ..contract.rules import Need
from ..target.errors import Blocked
from ..target.exchange import Exchange
from ..target.target import Target
from ..target.unit import Unit, component_of
from ..vocabulary import About, Difference

_JUDGED_ON_EVERY_RESPONSE = ("RESP-01", "RESP-02", "RESP-03", "RESP-04", "RESP-05", "RESP-06", "RESP-07", "RESP-08")
_SUCCESSES = "successes"
"""The key of the successful exchanges in ``Run.once``."""
_READS_IN_A_ROW = 6
_STATES: list[dict[str, Any]] = [
    {"budget": {}, "rate_limit": {}},
    {"budget": BUDGET, "rate_limit": {}},
    {"budget": {**BUDGET, "calendar_aligned": True}, "rate_limit": {}},
    {"budget": {}, "rate_limit": {}},
    {"budget": {}, "rate_limit": half_of_rate_limit("token")},
    {"budget": {}, "rate_limit": {}},
    {"budget": {}, "rate_limit": half_of_rate_limit("request")},
    {"budget": BUDGET, "rate_limit": RATE_LIMIT},
]


@pytest.mark.together(NAMED)  # uses the team that the user named
@pytest.mark.parametrize(
    "rule", [pytest.param(rule, marks=pytest.mark.rule(rule)) for rule in _JUDGED_ON_EVERY_RESPONSE]
)
@pytest.mark.many_requests
def test_successful_responses_follow_the_contract(run: Run, unit: Unit, rule: str) -> None:
    """Each rule judges one aspect of every response.

    The run gives each response to `checks.every_response`, which names the rule that a response breaks. This test sends
    the requests, so that there are responses to judge.
    """
    exchanges = run.once(_SUCCESSES, lambda: _successes(run, unit))
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
@pytest.mark.parametrize("accepted", [ACCEPT_OF_A_BROWSER, ACCEPT_ANYTHING])
def test_json_is_the_only_media_type(unit: Unit, target: Target, accepted: str) -> None:
    """The contract has no other representation (RFC 9110 section 12.5.1)."""
    unit.set_state(budget=BUDGET)
    for body in ({}, {"budget": BUDGET}):
        sent = {"Accept": accepted}
        exchange = target.call(UPDATE_GOVERNANCE, body, path=unit.path, headers=sent)
        if exchange.media_type != "application/json":
            got = exchange.headers.get("content-type", "none")
            about = About("Content-Type", Difference.FORM)
            raise Violation("Content-Type application/json", f"Content-Type {got}", exchange, about=about)


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


@pytest.mark.rule("RESP-10")
def test_consecutive_reads_never_show_less_usage(used_unit: Unit) -> None:
    """Usage may grow between two reads, but not shrink. It shrinks if each replica has its own counters."""
    before = used_unit.read()
    for _ in range(_READS_IN_A_ROW):
        fetched = used_unit.fetch()
        now = expect.succeeded(fetched)
        for component in COMPONENTS:
            expect.keeps_usage(
                component_of(before, component) or {}, component_of(now, component) or {}, component, fetched
            )
        before = now
