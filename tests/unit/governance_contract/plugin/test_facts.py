"""Facts: what a violation is about, and what its request has to do with it."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest
from exchanges import CONTRACT, VALID, exchange
from governance_contract.checks.every_response import observe
from governance_contract.checks.expect import OTHER_UNIT
from governance_contract.checks.violation import wrong_status, wrong_value
from governance_contract.plugin.facts import FactFinder
from governance_contract.results.records import Facts
from governance_contract.target.exchange import Exchange, about_status
from governance_contract.vocabulary import NESTING, About, Difference

_UPDATE = "updateBusinessUnitGovernance"


def _facts(about: About, shown: Exchange) -> Facts:
    return FactFinder(CONTRACT).find(shown, about)


@pytest.mark.parametrize(
    ("statuses", "status", "difference"),
    [
        ((404,), 400, Difference.STATUS),
        ((404,), 200, Difference.ACCEPTED),
        ((200,), 400, Difference.REFUSED),
        ((200, 404), 400, Difference.STATUS),
        ((200,), 503, Difference.SERVER_ERROR),
        ((), 500, Difference.SERVER_ERROR),
        ((), None, Difference.NO_RESPONSE),
        ((200, 400, 404), 410, Difference.STATUS),
        ((401,), 404, Difference.ACCEPTED),  # the credential came through
    ],
)
def test_a_status_is_a_difference(statuses: tuple[int, ...], status: int | None, difference: Difference) -> None:
    shown = exchange(status, {})
    violation = wrong_status("another status", shown, statuses)
    facts = _facts(violation.about, shown)
    assert (facts.difference, facts.place, facts.expected_statuses) == (difference, "", list(statuses))
    assert violation.got == shown.outcome


@pytest.mark.parametrize(
    ("wanted", "got", "difference"),
    [(5, 6, Difference.VALUE), (1, "1", Difference.FORM), (True, "True", Difference.FORM), (0, None, Difference.VALUE)],
)
def test_a_value_is_a_difference(wanted: Any, got: Any, difference: Difference) -> None:
    violation = wrong_value("budget.max_limit", wanted, got, exchange(200, VALID))
    assert violation.about == About("budget.max_limit", difference)
    assert (violation.expected, violation.got) == (f"budget.max_limit = {wanted!r}", repr(got))


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("business_unit.budget.max_limit", "budget.max_limit"),
        ("rate_limit of the response.token_max_limit", "rate_limit.token_max_limit"),
        (f"{OTHER_UNIT}.name", "name"),
        ("budget", "budget"),
    ],
)
def test_a_place_is_below_the_unit(place: str, shown: str) -> None:
    assert _facts(About(place), exchange(200, VALID)).place == shown


@pytest.mark.parametrize(
    ("body", "place", "sent"),
    [
        (b'{"rate_limit": {}}', "budget.max_limit", "omitted"),
        (b'{"budget": {}}', "budget.max_limit", "empty"),
        (b'{"budget": null}', "budget.max_limit", "null"),
        (b'{"budget": {"reset_duration": "1d"}}', "budget.max_limit", "part"),
        (b'{"budget": {"max_limit": 5}}', "budget.max_limit", "set"),
        (b'{"budget": {"max_limit": 5}}', "budget.last_reset", "set"),  # no request contains the member
        (b"{", "budget.max_limit", ""),
    ],
)
def test_the_request_says_something_about_the_component(body: bytes, place: str, sent: str) -> None:
    shown = exchange(200, VALID, sent=body)
    assert _facts(About(place, Difference.LOST), shown).sent == sent


@pytest.mark.parametrize(
    ("body", "forbidden"),
    [
        (b'{"budget": {"max_limit": "5"}}', "budget.max_limit type"),
        (b"[]", "body type"),
        (b"{", "body syntax"),
        (b" ", "body missing"),
        (None, ""),
        (b'{"budget": {}}', ""),
    ],
)
def test_what_the_contract_forbids_in_a_body_is_named(body: bytes | None, forbidden: str) -> None:
    shown = exchange(200, {}, sent=body)
    assert _facts(about_status(shown, 400), shown).forbidden == forbidden


def test_a_body_that_is_nested_too_deeply_is_not_called_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", Mock(side_effect=RecursionError))  # the depth depends on the interpreter
    shown = exchange(500, {}, sent=b'{"note": [[1]], "budget": 1}')
    assert _facts(about_status(shown, 200), shown).forbidden == NESTING


def test_a_missing_member_of_a_response_is_named() -> None:
    found = observe(CONTRACT, exchange(400, {"is_bifrost_error": True, "error": {}}))
    assert About("error.message", Difference.MISSING) in [one.about for one in found]


def test_a_response_without_a_unit_is_one_cause() -> None:
    """What the response does not show is not lost."""
    shown = exchange(200, {"message": "updated"})
    for place in ("budget", "id"):
        facts = _facts(About(place), shown)
        assert (facts.place, facts.difference) == ("business_unit", Difference.MISSING)


def test_the_facts_tell_which_business_unit_is_meant() -> None:
    deletion, update = (exchange(200, {}, operation=one) for one in ("deleteBusinessUnit", _UPDATE))
    about = about_status(update, 404)
    assert _facts(about, update).unit == ""
    assert FactFinder(CONTRACT).find(update, about, [deletion]).unit == "deleted"
    assert _facts(About("budget", is_other_unit=True), update).unit == "another"
