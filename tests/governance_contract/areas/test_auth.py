"""AUTH: who is let in, on every operation that the contract secures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from ..checks import expect
from ..checks.expect import Violation
from ..checks.refusals import find_changes, reused
from ..checks.run import Run
from ..contract.document import Operation
from ..target.business_units import Blocked, Governance, Unit
from ..target.credentials import NONE, Credential
from ..target.exchange import Exchange
from ..target.target import Target

# A small permitted change for each operation that writes, so that a hole in the refusal would show.
_BODIES: dict[str, Any] = {
    "createBusinessUnitGovernance": {"budget": {"max_limit": 31, "reset_duration": "1M"}},
    "updateBusinessUnitGovernance": {"budget": {"max_limit": 31, "reset_duration": "1M"}, "rate_limit": {}},
    "assignTeamToBusinessUnit": {"team_id": "no-such-team"},
}
# Members of an error body that belong to one request.
_PARTICULARS = re.compile(r'"(?:event_id|request_id|trace_id|timestamp)"\s*:\s*"[^"]*"\s*,?')
_ROUNDS_OF_TRIES = 2
_REFUSALS_IN_A_ROW = 5
_BUDGET = {"max_limit": 12.5, "reset_duration": "1M"}
_RATE_LIMIT = {"request_max_limit": 60, "request_reset_duration": "1d"}


class Door:
    """One operation on one unit, to be tried with several credentials."""

    def __init__(self, run: Run, operation: Operation, unit: Unit) -> None:
        """Bring the unit into a state in which the operation would change something."""
        self.run, self.operation, self.unit = run, operation, unit
        governed = operation.id != "createBusinessUnitGovernance"
        self.state = {"budget": _BUDGET, "rate_limit": _RATE_LIMIT} if governed else {}
        self.before: Governance = unit.establish(**self.state)
        self.name = run.units.new_name()
        self.body: Any = _BODIES.get(operation.id, {"name": self.name} if operation.body_schema else None)
        self.path = {"id": unit.id, "team_id": "no-such-team"}
        self.untouched = True
        """Whether the next test may use the unit as it is."""
        self.just_seen = False
        """Whether the last request of all was a read that showed the unit as it was."""

    def knock(self, credential: Credential | None = None, **details: Any) -> Exchange:
        """Try the operation with a credential."""
        target = self.unit.target
        self.just_seen = False
        exchange = target.call(self.operation.id, self.body, path=self.path, credential=credential, **details)
        self.untouched = self.untouched and not (exchange.ok and self.operation.writes)
        return exchange

    def is_as_it_was(self) -> bool:
        """Whether the management key reads the unit, as it was: a positive control before each test."""
        if self.just_seen:
            return True
        exchange = self.unit.look()
        try:
            expect.same_unit(self.unit, self.before, exchange)
        except (Blocked, Violation):
            return False
        return True

    def stays_shut(self, credentials: Iterable[Credential]) -> None:
        """Expect that every credential is refused, and look once whether something changed."""
        tries = [partial(self._refused, credential) for credential in credentials]
        looked = self._changed if self.operation.writes else lambda exchange: None
        violations = find_changes(tries, self._reset, looked)
        for violation in violations:
            self.run.observe_violation(violation)
        self.just_seen = self.operation.writes and self.operation.id != "createBusinessUnit" and not violations

    def _refused(self, credential: Credential) -> Exchange:
        return expect.refused(self.knock(credential))

    def _reset(self) -> None:
        self.untouched = False
        with suppress(Blocked):  # where the unit is gone
            self.before = self.unit.establish(**self.state)

    def _changed(self, exchange: Exchange) -> Violation | None:
        """Return what a refused request changed all the same."""
        if self.operation.id != "createBusinessUnit":
            return expect.change(self.unit, self.before, exchange, rule="AUTH-13")
        target = self.unit.target
        if not target.serves("listBusinessUnits"):
            return None
        found = target.call("listBusinessUnits", query={"search": self.name}).member("business_units")
        return Violation("no business unit created", f"{len(found)} found", exchange, rule="AUTH-13") if found else None


@pytest.fixture
def door(run: Run, operation: Operation) -> Iterator[Door]:
    """The operation under test, on a unit with something to lose."""
    with reused(run, f"door to {operation.id}", partial(Door, run, operation)) as own:
        yield own


@pytest.mark.rule("AUTH-01")
def test_no_credential(door: Door) -> None:
    door.stays_shut([NONE])


@pytest.mark.rule("AUTH-02")
def test_unknown_key(door: Door, target: Target) -> None:
    door.stays_shut(target.keyring.unknown_keys())


@pytest.mark.rule("AUTH-03")
def test_other_schemes(door: Door, target: Target) -> None:
    door.stays_shut(target.keyring.other_schemes())


@pytest.mark.rule("AUTH-04")
def test_key_without_scheme(door: Door, target: Target) -> None:
    door.stays_shut([target.keyring.bare()])


def _refuse_kind(door: Door, kind: str) -> None:
    keyring = door.unit.target.keyring
    credential = keyring.foreign(kind)
    if credential.synthetic:
        door.run.note("weaker evidence: a made-up credential, since none was given")
    door.stays_shut([credential, *keyring.foreign_carriers(kind)])


@pytest.mark.rule("AUTH-05")
def test_virtual_key(door: Door) -> None:
    _refuse_kind(door, "virtual_key")


@pytest.mark.rule("AUTH-06")
def test_dashboard_token(door: Door) -> None:
    _refuse_kind(door, "dashboard_token")


@pytest.mark.rule("AUTH-07")
def test_user_token(door: Door) -> None:
    _refuse_kind(door, "user_token")


@pytest.mark.rule("AUTH-08")
def test_session_token(door: Door) -> None:
    _refuse_kind(door, "session_token")


@pytest.mark.rule("AUTH-09")
def test_api_key_header_alone(door: Door, target: Target) -> None:
    door.stays_shut([target.keyring.api_key_header()])


@pytest.mark.rule("AUTH-10")
def test_api_key_header_beside_a_bad_credential(door: Door, target: Target) -> None:
    keyring = target.keyring
    bad = [keyring.unknown_key(), keyring.foreign("virtual_key"), keyring.other_schemes()[0], keyring.empty_token()]
    door.stays_shut(keyring.api_key_header_beside(credential) for credential in bad)


@pytest.mark.rule("AUTH-11")
def test_near_misses_of_the_key(door: Door, target: Target) -> None:
    door.stays_shut(target.keyring.mangled())


@pytest.mark.rule("AUTH-12")
def test_other_carriers(door: Door, target: Target) -> None:
    door.stays_shut(target.keyring.other_carriers())


@pytest.mark.rule("AUTH-13")
@pytest.mark.operations("updateBusinessUnitGovernance")
def test_a_refused_removal_changes_nothing(door: Door) -> None:
    """The most destructive update there is, refused for each kind of reason."""
    keyring = door.unit.target.keyring
    for credential in (NONE, keyring.unknown_key(), keyring.bare(), keyring.api_key_header()):
        exchange = door.unit.put({"budget": {}, "rate_limit": {}}, credential=credential)
        if exchange.status in expect.REFUSED:  # that it is refused at all is another rule
            expect.unchanged(door.unit, door.before, exchange, rule="AUTH-13")


@pytest.mark.rule("AUTH-14")
def test_credentials_come_first(door: Door, target: Target) -> None:
    nowhere = {"id": "no-such-unit", "team_id": "no-such-team"}
    for credential in (NONE, target.keyring.unknown_key()):
        if door.knock(credential).status not in expect.REFUSED:  # that it is refused at all is another rule
            continue
        if door.operation.body_schema:
            expect.refused(door.knock(credential, raw=b'{"budget": 7, "name": 7'))
        if door.operation.needs_unit:
            body = _BODIES.get(door.operation.id)
            expect.refused(target.call(door.operation.id, body, path=nowhere, credential=credential))


@pytest.mark.rule("AUTH-15")
def test_the_status_is_401(door: Door, target: Target) -> None:
    for credential in (NONE, target.keyring.unknown_key(), target.keyring.foreign("virtual_key")):
        exchange = door.knock(credential)
        if exchange.status in expect.REFUSED:  # that it is refused at all is another rule
            expect.status(exchange, 401)


@pytest.mark.rule("AUTH-16")
def test_the_credential_is_not_repeated(door: Door, target: Target) -> None:
    for credential in (target.keyring.unknown_key(), target.keyring.foreign("virtual_key"), target.keyring.bare()):
        exchange = door.knock(credential)
        secret = next(iter(credential.headers.values())).removeprefix("Bearer ")
        answer = exchange.body.decode("utf-8", "replace") + repr(exchange.headers)
        if exchange.status in expect.REFUSED and secret in answer:
            raise Violation("a refusal without the credential", "the credential in the answer", exchange)


@pytest.mark.rule("AUTH-17")
def test_the_refusal_does_not_say_why(door: Door, target: Target) -> None:
    keyring = target.keyring
    first = door.knock(NONE)
    for credential in (keyring.unknown_key(), keyring.bare(), keyring.foreign("virtual_key"), keyring.mangled()[0]):
        exchange = door.knock(credential)
        if exchange.status in expect.REFUSED and exchange.member("error", "message") != first.member(
            "error", "message"
        ):
            got = repr(exchange.member("error", "message"))
            raise Violation(f"the message {first.member('error', 'message')!r}", got, exchange)


@pytest.mark.rule("AUTH-18")
@pytest.mark.operations("updateBusinessUnitGovernance")
def test_trust_does_not_stick_to_a_connection(door: Door, target: Target) -> None:
    with target.connect() as kept:
        knock: Callable[[Credential | None], Exchange] = lambda credential: target.call(  # noqa: E731  short and local
            "updateBusinessUnitGovernance", {}, path=door.unit.path, credential=credential, over=kept
        )
        for credential in (NONE, target.keyring.unknown_key(), NONE):
            with target.connect() as fresh:
                if door.knock(credential, over=fresh).status not in expect.REFUSED:  # refused nowhere: another rule
                    continue
            expect.succeeded(knock(None))
            expect.refused(knock(credential))
        expect.succeeded(knock(None))


@pytest.mark.rule("AUTH-20")
@pytest.mark.operations("getBusinessUnit", "updateBusinessUnitGovernance")
def test_trying_again_does_not_help_nor_lock_out(door: Door, target: Target) -> None:
    keyring = target.keyring
    for _ in range(_ROUNDS_OF_TRIES):
        tries = [NONE, keyring.unknown_key(), keyring.unknown_key(), keyring.foreign("virtual_key"), keyring.bare()]
        for credential in [*tries, keyring.api_key_header()]:
            exchange = door.knock(credential)
            # Whoever tries so often may also be told to wait (RFC 6585 section 4).
            if exchange.status != 429:
                expect.refused(exchange)
    if door.operation.writes:
        expect.unchanged(door.unit, door.before, exchange, rule="AUTH-13")
    expect.succeeded(door.knock())


@pytest.mark.rule("AUTH-20")
@pytest.mark.operations("updateBusinessUnitGovernance")
def test_refusals_in_a_row_lock_nobody_out(door: Door, target: Target) -> None:
    """Whatever number of refusals came before: the management key is not to suffer from what others try."""
    for number in range(1, _REFUSALS_IN_A_ROW + 1):
        for _ in range(number):
            door.knock(target.keyring.unknown_key())
        expect.succeeded(door.knock())


@pytest.mark.rule("AUTH-24")
def test_a_claim_is_no_credential(door: Door, target: Target) -> None:
    door.stays_shut(target.keyring.claims())


@pytest.mark.rule("AUTH-22")
def test_the_refusal_does_not_tell_whether_a_unit_exists(door: Door, target: Target) -> None:
    if not door.operation.needs_unit:
        pytest.skip("it addresses no business unit")
    nowhere = f"{door.run.units.prefix}-nowhere"
    for credential in (NONE, target.keyring.unknown_key()):
        here = door.knock(credential)
        there = target.call(door.operation.id, door.body, path={**door.path, "id": nowhere}, credential=credential)
        if here.status not in expect.REFUSED:  # that it is refused at all is another rule
            continue
        one, other = _without_particulars(here, door.unit.id), _without_particulars(there, nowhere)
        if one != other:
            raise Violation(f"the refusal of an existing unit, {one}"[:300], f"{other}"[:300], there)


def _without_particulars(exchange: Exchange, unit_id: str) -> tuple[int | None, str]:
    """Return status and body of a refusal without what belongs to the one request: its path and its ids."""
    text = exchange.body.decode("utf-8", "replace")
    for written in (unit_id, quote(unit_id, safe="")):
        text = text.replace(written, "{id}")
    return exchange.status, _PARTICULARS.sub("", text)


@pytest.mark.rule("AUTH-23")
@pytest.mark.operations("getBusinessUnit", "updateBusinessUnitGovernance")
def test_what_comes_beside_the_key_does_not_spoil_it(door: Door, target: Target) -> None:
    expect.succeeded(door.knock())
    for credential in target.keyring.management_beside_virtual_keys():
        expect.succeeded(door.knock(credential))


@pytest.mark.rule("AUTH-19")
def test_the_management_key_is_accepted(door: Door) -> None:
    exchange = door.knock()
    if exchange.status in expect.REFUSED:
        raise Violation("the management key accepted", exchange.outcome, exchange)
