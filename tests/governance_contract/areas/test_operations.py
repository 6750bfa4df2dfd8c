"""Every operation of the contract with the requests that Schemathesis generates for it.

A test runs each operation as a subtest, in Schemathesis' phases: the examples of the contract, the coverage of its
schemas (not in a quick run), and fuzzing. The requests are sent to units of the run only.
"""

from __future__ import annotations

import zlib
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest
import schemathesis

from ..checks import schema
from ..checks.inputs.permitted_bodies import is_accepted_in_every_state, is_accepted_without_undeclared
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT
from ..checks.inputs.strategies import RULES_OF_BAD_BODIES, breaks_schema, updates_with_one_bad_value
from ..checks.properties import OperationFindings, for_all
from ..checks.refusals import RefusedRequests
from ..checks.run_protocol import Run
from ..checks.schema import Case, RequestKind, Schema
from ..checks.violation import Violation, wrong_status
from ..contract.document import Contract
from ..contract.operation import Operation
from ..contract.operation_ids import CREATE_GOVERNANCE, CREATE_UNIT, DELETE_UNIT, UPDATE_GOVERNANCE
from ..contract.rules import CATALOGUE, Need
from ..target.errors import Unreachable
from ..target.exchange import Exchange
from ..target.unit import NO_SUCH_TEAM, Unit

permitted = schemathesis.pytest.from_fixture("permitted_requests")
forbidden = schemathesis.pytest.from_fixture("forbidden_requests")

_REFUSALS_BEFORE_A_READ = 16
_GOVERNED: dict[str, Any] = {"budget": BUDGET, "rate_limit": RATE_LIMIT}


@pytest.fixture
def permitted_requests(run: Run) -> Schema:
    """Requests that follow the whole contract."""
    return schema.schema_for(run, RequestKind("positive", published=False))


@pytest.fixture
def forbidden_requests(run: Run) -> Schema:
    """Requests with data that the published page forbids."""
    return schema.schema_for(run, RequestKind("negative", published=True))


# -- data that must be accepted ---------------------------------------------------------------------------------------


@permitted.parametrize()
@pytest.mark.rule("RESP-09", "UPDATE-20", "UPDATE-23")
@pytest.mark.property
@pytest.mark.schemathesis
def test_permitted_requests_get_a_declared_response(
    case: Case, run: Run, unit: Unit, findings: OperationFindings
) -> None:
    operation = schema.operation_of(case, run.target.contract)
    if not operation.published or not _can_be_tried(run, operation):
        return
    findings.begin(operation.id)
    with findings.judging(operation.id, can_be_simplified=schema.is_generated(case)):
        _judge_permitted(run, unit, case, operation)


def _judge_permitted(run: Run, unit: Unit, case: Case, operation: Operation) -> None:
    """Send a permitted request. A refusal may be right, because of the state, except of some updates."""
    body = schema.confined(run, operation, case.body)
    must_be_accepted = operation.id == UPDATE_GOVERNANCE and is_accepted_in_every_state(run.target.contract, body)
    place = run.units.create() if operation.id == DELETE_UNIT else unit
    try:
        unit_id = place.id if must_be_accepted or _addresses_own_unit(case) else _unknown_id(run, case)
        exchange = _call(run, operation, body, unit_id, query=case.query)
        is_refusal_open = exchange.rule_of_refusal is not None
        if exchange.meaning == 400 and unit_id == place.id and not must_be_accepted and not is_refusal_open:
            _expect_undeclared_ignored(run, operation, body, exchange)
        checks = schema.CHECKS_OF_PERMITTED if must_be_accepted and not is_refusal_open else schema.CHECKS_OF_ANY
        _validate(run.target.contract, exchange, case, checks)
    finally:
        if place is not unit:
            run.units.delete(place)


def _expect_undeclared_ignored(run: Run, operation: Operation, body: Any, exchange: Exchange) -> None:
    """Expect that an update is not refused because of members that the schema does not define."""
    if operation.id == UPDATE_GOVERNANCE and is_accepted_without_undeclared(run.target.contract, body):
        raise wrong_status("success (200)", exchange, (200,), rule="UPDATE-23")


def _validate(contract: Contract, exchange: Exchange, case: Case, checks: tuple[str, ...]) -> None:
    """Judge a response. An undeclared status or a server error breaks the rule about generated requests."""
    schema.validate(contract, exchange, case, checks, status_rule="RESP-09")


def _can_be_tried(run: Run, operation: Operation) -> bool:
    """Whether the target serves an operation, and the run can undo what it does."""
    makes_or_deletes = operation.id in (CREATE_UNIT, DELETE_UNIT)
    return run.target.serves(operation.id) and not (makes_or_deletes and Need.OWN_UNITS in run.missing)


def _addresses_own_unit(case: Case) -> bool:
    """Whether a case is sent to the unit of the test. About half of the generated ones go to a unit that is unknown."""
    drawn = str(case.path_parameters.get("id", ""))
    return not schema.is_generated(case) or zlib.crc32(drawn.encode("utf-8", "replace")) % 2 == 0


def _unknown_id(run: Run, case: Case) -> str:
    """Return an id that no unit has, with the characters of a path parameter that every router keeps in one segment."""
    drawn = unquote(str(case.path_parameters.get("id", "")))
    kept = "".join(character for character in drawn if character.isprintable() and character not in "/\\?#%;.")
    return f"{run.units.prefix}-{kept}"


def _call(
    run: Run, operation: Operation, body: Any, unit_id: str, *, query: Any = None, raw: bytes | None = None
) -> Exchange:
    """Send a request, and repeat it if there is no response: the target may just be closing the connection.

    A unit that it creates is deleted.
    """
    path = {"id": unit_id, "team_id": NO_SUCH_TEAM}
    for _ in range(2):
        try:
            exchange = run.target.call(operation.id, body, path=path, query=query, raw=raw)
        except Unreachable as reason:
            lost = str(reason)
            continue
        created = run.units.register(exchange) if operation.id == CREATE_UNIT else None
        if created is not None:
            run.units.delete(created)
        return exchange
    control = run.target.call(UPDATE_GOVERNANCE, {}, path=path)  # raises if the target is unreachable
    raise Violation(f"a response to {operation.id} with {body!r} and {query!r}"[:1000], lost, control, rule="RESP-09")


# -- data that must be refused ----------------------------------------------------------------------------------------


class _Refusals:
    """Bad bodies of each operation on governance or teams. A read after several of them shows that nothing changed."""

    def __init__(self, run: Run, unit: Unit) -> None:
        self._run, self._unit = run, unit
        self._requests: RefusedRequests | None = None
        self._unverified: list[bytes | None] = []

    def send(self, operation_id: str, raw: bytes | None) -> Exchange:
        """Send a body, from the starting state if the last request changed it."""
        requests = self._requests
        if requests is None or requests.operation.id != operation_id or not requests.reusable:
            start = {} if operation_id == CREATE_GOVERNANCE else _GOVERNED
            requests = self._requests = RefusedRequests(self._run, operation_id, self._unit, start, rule="VALID-16")
            self._unverified = []
        self._unverified.append(raw)
        return requests.send(raw=raw)

    def verify(self, exchange: Exchange, *, at_once: bool) -> None:
        """Check that the refused bodies changed nothing, at the latest after some of them."""
        if self._requests is not None and (at_once or len(self._unverified) >= _REFUSALS_BEFORE_A_READ):
            sends = [partial(self._requests.send, raw=raw) for raw in self._unverified]
            self._requests.record_changes(sends, exchange)
            self._unverified = []


@pytest.fixture
def refusals(run: Run, unit: Unit) -> _Refusals:
    """Bad bodies on the unit of the test."""
    return _Refusals(run, unit)


@forbidden.parametrize()
@pytest.mark.rule("RESP-09", "VALID-15", "VALID-16", "VALID-17", "VALID-18", "VALID-19", "LIST-06")
@pytest.mark.property
@pytest.mark.schemathesis
def test_forbidden_requests_are_refused(
    case: Case, run: Run, unit: Unit, refusals: _Refusals, findings: OperationFindings
) -> None:
    operation = schema.operation_of(case, run.target.contract)
    if schema.changes_media_type(case) or not _can_be_tried(run, operation) or _lacks_needs(run, operation):
        return
    findings.begin(operation.id)
    with findings.judging(operation.id, can_be_simplified=schema.is_generated(case)):
        if operation.body_schema:
            _judge_bad_body(run, operation, case, unit, refusals)
        else:
            _judge_bad_query(run, operation, case, unit)


def _lacks_needs(run: Run, operation: Operation) -> bool:
    """Whether the rule about bad bodies of an operation needs what the target lacks."""
    rule = RULES_OF_BAD_BODIES.get(operation.id)
    return rule is not None and not run.missing.keys().isdisjoint(CATALOGUE[rule].needs)


def _judge_bad_body(run: Run, operation: Operation, case: Case, unit: Unit, refusals: _Refusals) -> None:
    """Send a bad body. Null may count as absent, and a body may be no JSON; then only the status must be declared."""
    contract, raw = run.target.contract, schema.raw_body(case)
    must_be_refused = raw is not None and breaks_schema(contract, operation.id, raw)
    creates = operation.id == CREATE_UNIT
    exchange = _call(run, operation, None, unit.id, raw=raw) if creates else refusals.send(operation.id, raw)
    _validate(
        contract, exchange, case, schema.CHECKS_OF_FORBIDDEN if must_be_refused else schema.CHECKS_OF_FORBIDDEN[1:]
    )
    if not creates and not exchange.ok:
        refusals.verify(exchange, at_once=schema.is_generated(case))


def _judge_bad_query(run: Run, operation: Operation, case: Case, unit: Unit) -> None:
    """Send a query with a value out of range. The published page does not say that it is refused."""
    exchange = _call(run, operation, None, unit.id, query=case.query)
    _validate(run.target.contract, exchange, case, schema.CHECKS_OF_FORBIDDEN[1:])
    if exchange.ok:
        pages = run.target.contract.pages(operation.id)
        for name, bounds in (("page", pages.page_bounds), ("limit", pages.limit_bounds)):
            shown = exchange.member(name)
            if isinstance(shown, int) and shown != bounds.default and not bounds.permit(shown):
                raise Violation(f"400, or a {name} in range", f"{name} {shown}", exchange, rule="LIST-06")


# -- bodies that Schemathesis does not think of -----------------------------------------------------------------------


@pytest.mark.rule("VALID-15")
@pytest.mark.property
def test_an_update_with_one_bad_value_is_refused(run: Run, unit: Unit) -> None:
    _refuse_bad_values(RefusedRequests(run, UPDATE_GOVERNANCE, unit, _GOVERNED, rule="VALID-16"))


@pytest.mark.rule("VALID-19")
@pytest.mark.property
def test_first_governance_with_one_bad_value_is_refused(run: Run, unit: Unit) -> None:
    _refuse_bad_values(RefusedRequests(run, CREATE_GOVERNANCE, unit, {}, rule="VALID-16"), divide_by=2)


def _refuse_bad_values(requests: RefusedRequests, *, divide_by: int = 1) -> None:
    """Send permitted bodies with one bad value. A target accepts these more likely than Schemathesis' bad data."""
    bodies = updates_with_one_bad_value(requests.unit.target.contract, requests.operation.id)

    def check(raw: bytes) -> None:
        if not requests.reusable:
            requests.reset()  # an accepted creation would make the next one a conflict
        requests.expect_body_refused(raw=raw)

    for_all(bodies, check, divide_by=divide_by)
