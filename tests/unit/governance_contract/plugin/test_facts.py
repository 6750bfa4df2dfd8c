"""Facts: what a violation is about, from its texts and its exchange."""

from __future__ import annotations

from typing import Any

import pytest
from exchanges import CONTRACT, VALID, exchange
from governance_contract.checks.every_response import observe
from governance_contract.checks.expect import OTHER_UNIT, Violation
from governance_contract.plugin.facts import FactFinder
from governance_contract.results.records import Facts
from governance_contract.vocabulary import Difference

_UPDATE = "updateBusinessUnitGovernance"


def _facts(violation: Any, place: str = "", difference: Difference | None = None) -> Facts:
    return FactFinder(CONTRACT).find(violation, place, difference)


@pytest.mark.parametrize(
    ("expected", "status", "difference"),
    [
        ("status 404", 400, Difference.STATUS),
        ("status 404", 200, Difference.ACCEPTED),
        ("success (200)", 400, Difference.REFUSED),
        ("success (200)", 503, Difference.SERVER_ERROR),
        ("a status below 500", 500, Difference.SERVER_ERROR),
        ("a response", None, Difference.NO_RESPONSE),
        ("a declared status: 200, 400, 404", 410, Difference.STATUS),
        ("refusal of a virtual key (401)", 404, Difference.ACCEPTED),
    ],
)
def test_a_status_is_a_difference(expected: str, status: int | None, difference: Difference) -> None:
    shown = exchange(status, {})
    facts = _facts(Violation(expected, shown.outcome, shown))
    assert facts.difference == difference
    assert facts.place == ""


@pytest.mark.parametrize(
    ("expected", "got", "place", "difference"),
    [
        ("budget.max_limit = 5", "6", "budget.max_limit", Difference.VALUE),
        ("page = 1", "'1'", "page", Difference.FORM),
        ("no rate_limit", "rate_limit = {}", "rate_limit", Difference.KEPT),
        ("the business unit as before", "name went from 'a' to absent", "", Difference.LOST),
        ("Content-Type application/json", "Content-Type none", "Content-Type", Difference.FORM),
        ("total 1, after: create unit 1", "total 2", "total", Difference.VALUE),
        ("one of two assignments to succeed", "none did", "", Difference.VALUE),
    ],
)
def test_a_text_has_a_place_and_a_difference(expected: str, got: str, place: str, difference: Difference) -> None:
    facts = _facts(Violation(expected, got, exchange(200, VALID)))
    assert (facts.place, facts.difference) == (place, difference)


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
    assert _facts(Violation("", "", shown), place, Difference.LOST).sent == sent


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
    assert _facts(Violation("status 400", shown.outcome, shown)).forbidden == forbidden


def test_a_missing_member_of_a_response_is_named() -> None:
    found = observe(CONTRACT, exchange(400, {"is_bifrost_error": True, "error": {}}))
    assert ("error.message", Difference.MISSING) in [(one.place, one.difference) for one in found]


def test_a_response_without_a_unit_is_one_cause() -> None:
    """What the response does not show is not lost."""
    shown = exchange(200, {"message": "updated"})
    for expected, place in (("budget with {}", "budget"), ("business_unit.id = 'bu-1'", "id")):
        facts = _facts(Violation(expected, "None", shown), place)
        assert (facts.place, facts.difference) == ("business_unit", Difference.MISSING)


def test_the_facts_tell_which_business_unit_is_meant() -> None:
    deletion, update = (exchange(200, {}, operation=one) for one in ("deleteBusinessUnit", _UPDATE))
    plain = Violation("status 404", update.outcome, update)
    assert FactFinder(CONTRACT).find(plain).unit == ""
    assert FactFinder(CONTRACT).find(plain, earlier=[deletion]).unit == "deleted"
    assert _facts(Violation(f"{OTHER_UNIT} as before", "200", update), "budget").unit == "another"
