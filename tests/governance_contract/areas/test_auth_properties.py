"""AUTH as a property: no operation accepts a credential other than a management key, in any request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import schemathesis

from ..checks import schema
from ..checks.expect import REFUSED
from ..checks.generation import derived_seed
from ..checks.inputs.foreign_credentials import KEY_IN_API_KEY_HEADER, Attempt, Recipes, attempts, rule_of
from ..checks.inputs.surroundings import with_origin
from ..checks.properties import OperationFindings
from ..checks.refusals import RefusedRequests, changing_requests, on_reused_unit
from ..checks.run_protocol import Run
from ..checks.schema import Case, RequestKind, Schema
from ..checks.violation import Violation, wrong_status
from ..contract.operation import Operation
from ..contract.operation_ids import ASSIGN_TEAM, CREATE_UNIT, RENAME_UNIT, UPDATE_GOVERNANCE
from ..contract.rules import Need
from ..target.credentials import Credential, header
from ..target.exchange import Exchange
from ..target.unit import NO_SUCH_TEAM

_NOTE = "\U0001d11e " * 70
"""The text of an undeclared member: a long one, with characters that take two code units in UTF-16."""
_REQUESTS_PER_NOTE = 2

every = schemathesis.pytest.from_fixture("all_requests")

# fmt: off
_RULES = (
    "AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06", "AUTH-07", "AUTH-08", "AUTH-09", "AUTH-10",
    "AUTH-11", "AUTH-12", "AUTH-13", "AUTH-14", "AUTH-24",
)
# fmt: on


@pytest.fixture
def all_requests(run: Run) -> Schema:
    """Permitted and forbidden requests of the contract, for a test with a strategy of its own."""
    kind = RequestKind("all", published=False, only_fuzzing=True, judges_bodies=False, divide_by=6)
    return schema.schema_for(run, kind)


class _Requests:
    """Refused requests of one operation after the other, each on a unit that an accepted one would change."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._stack = ExitStack()
        self._current: RefusedRequests | None = None
        self._refused: list[Callable[[], Exchange]] = []
        self._last: Exchange | None = None
        self._known: set[str] = set()
        self.has_changed = False
        """Whether a refused request changed something, so that further ones of the attempt show nothing."""

    def start(self, operation: Operation) -> RefusedRequests:
        """Return the requests of an operation, on a new unit if the last ones changed it."""
        if self._current is None or self._current.operation.id != operation.id or not self._current.reusable:
            self.close()
            start = partial(changing_requests, self.run, operation.id, rule="AUTH-13")
            self._current = self._stack.enter_context(on_reused_unit(self.run, start, judges_access=True))
        self._refused, self.has_changed = [], False
        return self._current

    def are_new(self, attempt: Attempt) -> bool:
        """Whether an attempt was not made yet: the first one that Hypothesis generates is always the same."""
        known, self._known = self._known, {*self._known, repr(attempt)}
        return repr(attempt) not in known

    def expect_refused(self, request: Mapping[str, Any], credential: Credential, rule: str) -> None:
        """Send a request, and expect that it is refused because of its credential."""
        assert self._current is not None
        send = partial(self._current.send, **request, credential=credential)
        exchange = send()
        if exchange.meaning in REFUSED:
            self._refused.append(send)
            self._last = exchange
            return
        if not exchange.ok:
            self.expect_no_change()  # a refused request may have caused this response
        if not exchange.ok and self._current.send(credential=credential, headers=request["headers"]).meaning in REFUSED:
            rule = "AUTH-14"  # the query, the body or the unit was looked at before the credential
        raise wrong_status(f"refusal of {credential.name} (401)", exchange, (401,), rule=rule)

    def expect_recipes_refused(self, request: Mapping[str, Any], recipes: Recipes) -> None:
        """Do as ``expect_refused``. If a credential is accepted alone, the violation is about that one."""
        credential_from = self.run.target.keyring.credential_from
        try:
            self.expect_refused(request, credential_from(recipes), rule_of(recipes))
        except Violation:
            for recipe in recipes if len(recipes) > 1 else ():
                self.expect_refused(request, credential_from((recipe,)), rule_of((recipe,)))
            raise

    def expect_no_change(self) -> None:
        """Expect that the refused requests changed nothing, unless another one was accepted."""
        if self._current is not None and self._current.reusable and self._refused and self._last is not None:
            for violation in self._current.find_changes(self._refused, self._last):
                self.has_changed, self._current.reusable = True, False
                raise violation

    def close(self) -> None:
        """Release the unit."""
        self._stack.close()
        self._current = None


@pytest.fixture
def requests(run: Run) -> Iterator[_Requests]:
    """Refused requests of each operation."""
    requests = _Requests(run)
    yield requests
    requests.close()


@every.parametrize()
@every.given(attempt=attempts())
@pytest.mark.rule(*_RULES)
@pytest.mark.property
@pytest.mark.schemathesis
def test_no_other_credential_is_accepted(
    case: Case, attempt: Attempt, run: Run, requests: _Requests, findings: OperationFindings
) -> None:
    """Any request of any operation, with credentials that are not a management key, is refused and changes nothing."""
    operation = schema.operation_of(case, run.target.contract)
    lacks_units = operation.id == CREATE_UNIT and Need.OWN_UNITS in run.missing
    can_be_judged = operation.secured and run.target.serves(operation.id) and not lacks_units
    if not can_be_judged or not requests.are_new(attempt):
        return
    findings.begin(operation.id)
    with findings.judging(operation.id, can_be_simplified=False), findings.judging_parts():
        refused = requests.start(operation)
        for number, credential in enumerate(_credentials(attempt)):
            if requests.has_changed:
                break
            request = _request(refused, case, attempt, number)
            with findings.judging(operation.id, can_be_simplified=True):
                if isinstance(credential, Credential):
                    requests.expect_refused(request, credential, "AUTH-24")
                else:
                    requests.expect_recipes_refused(request, credential)
        requests.expect_no_change()


def _credentials(attempt: Attempt) -> Iterator[Credential | Recipes]:
    """Yield each credential of an attempt, or the recipes that it is made of."""
    yield from attempt.credentials
    yield ()
    for name, value in attempt.claims.items():
        yield header(f"{name}: {value} alone", name, value, value)
    yield KEY_IN_API_KEY_HEADER


def _request(requests: RefusedRequests, case: Case, attempt: Attempt, number: int) -> dict[str, Any]:
    """Return the arguments of a request. A target that accepts it cannot apply it to units of others.

    If the body is not that of the case, every second update removes both components, and some bodies have a note.
    """
    operation, body = requests.operation, case.body
    if not attempt.has_body_of_case:
        is_removal = number % 2 == 1 and operation.id == UPDATE_GOVERNANCE
        body = {"budget": {}, "rate_limit": {}} if is_removal else requests.body  # the usual body changes the unit
        if isinstance(body, dict) and derived_seed(number, repr(attempt)) % _REQUESTS_PER_NOTE == 0:
            body = {**body, "note": _NOTE}
    elif operation.id in (CREATE_UNIT, RENAME_UNIT) and isinstance(body, dict) and "name" in body:
        body = {**body, "name": requests.body["name"]}
    elif operation.id == ASSIGN_TEAM and isinstance(body, dict):
        body = {**body, "team_id": NO_SUCH_TEAM}
    is_object = isinstance(body, dict)
    return {
        "body": body if is_object else None,
        "raw": None if body is None or is_object else schema.raw_body(case),
        "query": case.query,
        "unit_id": requests.run.units.nowhere().id if attempt.unknown_unit and operation.needs_unit else None,
        "headers": with_origin(requests.run.target.base_url, attempt.headers),
    }
