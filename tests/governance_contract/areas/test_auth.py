"""AUTH: authentication on every operation that the contract secures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from ..checks import expect
from ..checks.inputs.sample_settings import OTHER_BUDGET
from ..checks.refusals import FOREIGN_KINDS, RefusedRequests, changing_requests, credentials_of, on_reused_unit
from ..checks.run_protocol import NAMED, Run
from ..checks.teams import Team
from ..checks.violation import Violation, wrong_status
from ..contract.operation import Operation
from ..contract.operation_ids import (
    ASSIGN_TEAM,
    CREATE_GOVERNANCE,
    GET_UNIT,
    LIST_UNITS,
    REMOVE_TEAM,
    UPDATE_GOVERNANCE,
)
from ..target.credentials import NONE, Credential
from ..target.exchange import Exchange
from ..target.target import Target
from ..target.unit import Unit

_NOTHING_REFUSED = "the target refuses none of the bad credentials; AUTH-01 to AUTH-12 judge that"
_ROUNDS = 2
_REFUSALS_IN_A_ROW = 5
_SHORTEST_SECRET = 8  # characters


@pytest.fixture
def requests(run: Run, operation: Operation) -> Iterator[RefusedRequests]:
    """Requests for the operation under test, on a unit that they would change."""
    with on_reused_unit(
        run, partial(changing_requests, run, operation.id, rule="AUTH-13"), judges_access=True
    ) as requests:
        yield requests


@pytest.fixture
def rule(request: pytest.FixtureRequest) -> str:
    """The rule that the test judges, from its mark."""
    judged: str = request.node.get_closest_marker("rule").args[0]
    return judged


def _expect_refused(requests: RefusedRequests, rule: str) -> None:
    requests.expect_credentials_refused(credentials_of(requests.unit.target.keyring, rule))


@pytest.mark.rule("AUTH-01")
def test_a_request_without_a_credential_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_refused(requests, rule)


@pytest.mark.rule("AUTH-02")
def test_an_unknown_key_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_refused(requests, rule)


@pytest.mark.rule("AUTH-03")
def test_other_authentication_schemes_are_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_refused(requests, rule)


@pytest.mark.rule("AUTH-04")
def test_a_key_without_a_scheme_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_refused(requests, rule)


def _expect_kind_refused(requests: RefusedRequests, rule: str) -> None:
    if requests.unit.target.keyring.foreign(FOREIGN_KINDS[rule]).synthetic:
        requests.run.note("weaker evidence: the credential is made up, because none was given")
    _expect_refused(requests, rule)


@pytest.mark.rule("AUTH-05")
def test_a_virtual_key_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_kind_refused(requests, rule)


@pytest.mark.rule("AUTH-06")
def test_a_dashboard_token_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_kind_refused(requests, rule)


@pytest.mark.rule("AUTH-07")
def test_a_user_token_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_kind_refused(requests, rule)


@pytest.mark.rule("AUTH-08")
def test_a_session_token_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_kind_refused(requests, rule)


@pytest.mark.rule("AUTH-09")
def test_an_api_key_header_alone_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_refused(requests, rule)


@pytest.mark.rule("AUTH-10")
def test_an_api_key_header_with_a_bad_credential_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_refused(requests, rule)


@pytest.mark.rule("AUTH-11")
@pytest.mark.operations(UPDATE_GOVERNANCE, LIST_UNITS)
def test_near_misses_of_the_key_are_refused(requests: RefusedRequests, rule: str) -> None:
    """The property in ``test_auth_properties`` sends near misses to all operations."""
    _expect_refused(requests, rule)


@pytest.mark.rule("AUTH-12")
def test_a_key_in_another_place_is_refused(requests: RefusedRequests, rule: str) -> None:
    _expect_refused(requests, rule)


def _refusals(requests: RefusedRequests, credentials: Iterable[Credential]) -> list[Exchange]:
    """Send bad credentials and return those exchanges in which the target refuses them.

    Skips the test if there are none. Other AUTH rules judge whether a credential is refused.
    """
    exchanges = [requests.send(credential=credential) for credential in credentials]
    refusals = [exchange for exchange in exchanges if exchange.meaning in expect.REFUSED]
    if not refusals:
        pytest.skip(_NOTHING_REFUSED)
    return refusals


@pytest.mark.rule("AUTH-13")
@pytest.mark.operations(UPDATE_GOVERNANCE)
def test_a_refused_removal_changes_nothing(requests: RefusedRequests, target: Target) -> None:
    """Removing both components is the most destructive update. It is sent with several kinds of bad credential."""
    keyring, refused = target.keyring, 0
    for credential in (NONE, keyring.unknown_key(), keyring.key_without_scheme(), keyring.api_key_header()):
        exchange = requests.send({"budget": {}, "rate_limit": {}}, credential=credential)
        if exchange.meaning in expect.REFUSED:  # other rules judge whether it is refused
            requests.expect_unchanged(exchange)
            refused += 1
    if not refused:
        pytest.skip(_NOTHING_REFUSED)


@pytest.mark.rule("AUTH-13")
@pytest.mark.together(NAMED)
def test_a_refused_request_moves_no_team(unit: Unit, named_team: Team, target: Target) -> None:
    """The other requests of the AUTH rules name a team that does not exist."""
    place, body = {**unit.path, "team_id": named_team.id}, {"team_id": named_team.id}
    refused = 0
    for operation_id in (ASSIGN_TEAM, REMOVE_TEAM):
        if operation_id == REMOVE_TEAM:
            named_team.ensure_assigned(unit)
        for credential in (NONE, target.keyring.unknown_key(), target.keyring.api_key_header()):
            exchange = target.call(operation_id, body, path=place, credential=credential)
            if exchange.meaning not in expect.REFUSED:
                break  # other rules judge that
            expect.key_accepted(named_team.list_teams(unit)[0], rule="AUTH-19")
            named_team.expect_listed(unit, listed=operation_id == REMOVE_TEAM)
            refused += 1
    if not refused:
        pytest.skip(_NOTHING_REFUSED)


@pytest.mark.rule("AUTH-14")
def test_the_credential_is_checked_first(requests: RefusedRequests, target: Target) -> None:
    """A bad credential is refused before the body and the path are looked at."""
    operation = requests.operation
    if not (operation.body_schema or operation.needs_unit):
        pytest.skip(f"{operation.id} has no body and does not address a business unit")
    for refusal in _refusals(requests, (NONE, target.keyring.unknown_key())):
        if operation.body_schema:
            expect.credential_refused(requests.send(raw=b'{"budget": 7, "name": 7', credential=refusal.credential))
        if operation.needs_unit:
            expect.credential_refused(requests.send(unit_id="no-such-unit", credential=refusal.credential))


@pytest.mark.rule("AUTH-15")
def test_the_status_is_401(requests: RefusedRequests, target: Target) -> None:
    for refusal in _refusals(requests, (NONE, target.keyring.unknown_key(), target.keyring.foreign("virtual_key"))):
        expect.status(refusal, 401)


@pytest.mark.rule("AUTH-16")
def test_the_credential_is_not_repeated(requests: RefusedRequests, target: Target) -> None:
    keyring = target.keyring
    credentials = (keyring.unknown_key(), keyring.foreign("virtual_key"), keyring.key_without_scheme())
    for refusal in _refusals(requests, credentials):
        secret = next(iter(refusal.credential.headers.values())).removeprefix("Bearer ")
        # A shorter secret can be part of any response by chance.
        if len(secret) >= _SHORTEST_SECRET and secret in refusal.body.decode("utf-8", "replace") + repr(
            refusal.headers
        ):
            raise Violation("a refusal without the credential", "the credential in the response", refusal)


@pytest.mark.rule("AUTH-17")
def test_the_message_is_the_same_for_every_bad_credential(requests: RefusedRequests, target: Target) -> None:
    keyring = target.keyring
    credentials = (
        NONE,
        keyring.unknown_key(),
        keyring.key_without_scheme(),
        keyring.foreign("virtual_key"),
        keyring.near_misses()[0],
    )
    first, *others = _refusals(requests, credentials)
    message = first.member("error", "message")
    for refusal in others:
        if refusal.member("error", "message") != message:
            raise Violation(f"the message {message!r}", repr(refusal.member("error", "message")), refusal)


@pytest.mark.rule("AUTH-18")
@pytest.mark.operations(UPDATE_GOVERNANCE)
def test_a_connection_does_not_stay_authenticated(requests: RefusedRequests, target: Target) -> None:
    """A connection on which the management key was accepted still refuses other credentials."""
    unit, refused_before = requests.unit, 0
    with target.connect() as kept:
        for credential in (NONE, target.keyring.unknown_key(), NONE):
            with target.connect() as fresh:
                exchange = requests.send(credential=credential, over=fresh)
            if exchange.meaning not in expect.REFUSED:  # other rules judge whether a new connection refuses it
                continue
            refused_before += 1
            expect.key_accepted(unit.put({}, over=kept))
            expect.credential_refused(unit.put({}, credential=credential, over=kept))
        expect.key_accepted(unit.put({}, over=kept))
    if not refused_before:
        pytest.skip(_NOTHING_REFUSED)


@pytest.mark.rule("AUTH-18")
@pytest.mark.operations(UPDATE_GOVERNANCE)
def test_no_identity_is_left_by_a_request_that_failed(requests: RefusedRequests, target: Target) -> None:
    unit = requests.unit
    if requests.send(credential=NONE).meaning not in expect.REFUSED:
        pytest.skip(_NOTHING_REFUSED)
    with target.connect() as kept:
        unit.put({"budget": 1}, over=kept)
        expect.credential_refused(requests.send(credential=NONE, over=kept))
        if target.serves(CREATE_GOVERNANCE):
            unit.create_governance({"budget": OTHER_BUDGET}, over=kept)  # a conflict
            expect.credential_refused(requests.send(credential=NONE, over=kept))


@pytest.mark.rule("AUTH-20")
@pytest.mark.operations(GET_UNIT, UPDATE_GOVERNANCE)
def test_repeated_bad_credentials_stay_refused(requests: RefusedRequests, target: Target) -> None:
    keyring = target.keyring
    credentials = [
        NONE,
        keyring.unknown_key(),
        keyring.unknown_key(),
        keyring.foreign("virtual_key"),
        keyring.key_without_scheme(),
        keyring.api_key_header(),
    ]
    for credential in credentials * _ROUNDS:
        exchange = expect.credential_refused(requests.send(credential=credential))
    expect.key_accepted(requests.unit.fetch())  # a key that is locked out breaks this rule, not AUTH-13
    requests.expect_unchanged(exchange)
    expect.key_accepted(requests.send())


@pytest.mark.rule("AUTH-20")
@pytest.mark.operations(UPDATE_GOVERNANCE)
@pytest.mark.many_requests
def test_refused_requests_do_not_lock_out_the_management_key(requests: RefusedRequests, target: Target) -> None:
    """The management key is accepted after any number of refused requests."""
    for number in range(1, _REFUSALS_IN_A_ROW + 1):
        for _ in range(number):
            requests.send(credential=target.keyring.unknown_key())
        expect.key_accepted(requests.send())


@pytest.mark.rule("AUTH-24")
@pytest.mark.operations(UPDATE_GOVERNANCE, LIST_UNITS)
def test_claims_in_headers_are_not_credentials(requests: RefusedRequests, target: Target) -> None:
    """The property in ``test_auth_properties`` sends such claims to all operations."""
    requests.expect_credentials_refused(target.keyring.claims())


@pytest.mark.rule("AUTH-22")
def test_the_refusal_does_not_tell_whether_a_unit_exists(requests: RefusedRequests, target: Target) -> None:
    if not requests.operation.needs_unit:
        pytest.skip(f"{requests.operation.id} does not address a business unit")
    unknown_id = requests.run.units.nowhere().id
    for existing in _refusals(requests, (NONE, target.keyring.unknown_key())):
        unknown = requests.send(credential=existing.credential, unit_id=unknown_id)
        first, other = _without_particulars(existing, requests.unit.id), _without_particulars(unknown, unknown_id)
        if first == other:
            continue
        again = _without_particulars(requests.send(credential=existing.credential), requests.unit.id)
        if _tells(first, again, other):
            raise Violation(f"the refusal of an existing unit, {first}"[:300], f"{other}"[:300], unknown)


def _tells(first: Any, again: Any, other: Any) -> bool:
    """Whether the refusal for an unknown unit differs in a part that is the same in two other refusals."""
    if isinstance(first, dict) and isinstance(again, dict) and isinstance(other, dict):
        return any(_tells(first.get(name), again.get(name), other.get(name)) for name in {*first, *again, *other})
    return bool(first == again != other)


def _without_particulars(exchange: Exchange, unit_id: str) -> dict[str, Any]:
    """Return status and body of a refusal, without identifiers of the request and the business unit."""
    text = exchange.body.decode("utf-8", "replace")
    for written in (unit_id, quote(unit_id, safe="")):
        text = text.replace(written, "{id}")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = text
    return {"status": exchange.status, "body": body}


@pytest.mark.rule("AUTH-23")
@pytest.mark.operations(GET_UNIT, UPDATE_GOVERNANCE)
def test_a_virtual_key_does_not_invalidate_the_management_key(requests: RefusedRequests, target: Target) -> None:
    expect.key_accepted(requests.send())
    for credential in target.keyring.management_with_virtual_keys():
        expect.key_accepted(requests.send(credential=credential))


@pytest.mark.rule("AUTH-19")
def test_the_management_key_is_accepted(requests: RefusedRequests) -> None:
    for cookie in ({}, {"Cookie": "theme=ZGFyaw==; consent"}):  # browsers send cookies of every form
        exchange = requests.send(headers=cookie)
        if exchange.meaning in expect.REFUSED:
            raise wrong_status("the management key accepted", exchange, (200,))
