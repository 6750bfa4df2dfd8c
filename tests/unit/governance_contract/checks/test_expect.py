"""Expectations: what is a violation, and what a target may do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from exchanges import ERROR, exchange, target
from governance_contract.checks import expect
from governance_contract.checks.violation import Violation
from governance_contract.contract.operation_ids import GET_UNIT
from governance_contract.target.errors import Blocked
from governance_contract.target.unit import Unit
from governance_contract.vocabulary import About, Difference

_DONE = exchange(200, {})
_BUDGET = {"max_limit": 5, "reset_duration": "1M"}


def _ago(**since: float) -> str:
    return (datetime.now(UTC) - timedelta(**since)).isoformat()


def _violation(message: str) -> AbstractContextManager[object]:
    """Expect a violation with a message, or none if the message is empty."""
    return pytest.raises(Violation, match=message) if message else nullcontext()


def test_a_violation_shows_the_message_of_the_error_body() -> None:
    with pytest.raises(Violation, match=r"expected success \(200\), got status 400 \(Invalid request\)"):
        expect.succeeded(exchange(400, ERROR))


def test_earlier_steps_leave_the_facts_of_a_violation() -> None:
    about = About("budget", Difference.LOST)
    lost = Violation("budget as before", "none", _DONE, rule="UPDATE-04", about=about)
    later = lost.after("1. an empty update")
    assert later.expected == "budget as before, after: 1. an empty update"
    assert {**vars(later), "expected": ""} == {**vars(lost), "expected": ""}


@pytest.mark.parametrize(
    ("check", "statuses"),
    [
        (lambda one: expect.status(one, 400, 404), {400, 404}),
        (lambda one: expect.status(one, 400, or_closed=True), {400, None}),
        (expect.credential_refused, {401, 403}),
        (expect.succeeded, {200, 201}),
        (expect.no_failure, {200, 201, 400, 401, 403, 404}),
    ],
    ids=["status", "or closed", "refused", "succeeded", "no failure"],
)
def test_accepted_statuses(check: Callable[..., object], statuses: set[int | None]) -> None:
    accepted = set()
    for status in (200, 201, 400, 401, 403, 404, 500, None):
        try:
            check(exchange(status))
        except Violation:
            continue
        accepted.add(status)
    assert accepted == statuses


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"budget": {**_BUDGET, "id": "b-1"}}, ""),
        ({"budget": {**_BUDGET, "max_limit": 6}}, "budget.max_limit = 5, got 6"),
        ({"budget": {**_BUDGET, "max_limit": None}}, "budget.max_limit = 5, got 'absent'"),
        ({"rate_limit": {}}, "got no budget"),
    ],
)
def test_the_shown_settings_must_be_the_sent_ones(found: dict[str, Any], message: str) -> None:
    with _violation(message):
        expect.shows(found, "budget", _BUDGET, _DONE)


def test_equal_instants_are_the_same_and_other_values_are_not() -> None:
    before = {"name": "a", "budget": {"last_reset": "2026-06-01T00:00:00Z", "max_limit": 5}}
    same_instant = {"name": "a", "budget": {"last_reset": "2026-06-01T02:00:00+02:00", "max_limit": 5}}
    expect.same(before, same_instant, "the unit", _DONE)
    with pytest.raises(Violation, match=r"the unit as before, got budget\.max_limit went from 5 to absent"):
        expect.same(before, {"name": "a", "budget": {"last_reset": "2026-06-01T00:00:00Z"}}, "the unit", _DONE)
    expect.same(before, {**before, "name": "b"}, "the unit", _DONE, without=("name",))


@pytest.mark.parametrize(
    ("duration", "usage", "reset_again", "kept"),
    [
        ("1M", 5, False, True),
        ("1M", 7, False, True),  # traffic
        ("1M", 3, False, False),
        ("1M", 0, True, False),
        ("1d", 0, True, True),  # the period has ended
    ],
)
def test_usage_is_kept_until_the_period_ends(duration: str, usage: int, reset_again: bool, kept: bool) -> None:
    before = {"reset_duration": duration, "last_reset": _ago(days=2), "current_usage": 5}
    after = {**before, "current_usage": usage, **({"last_reset": _ago(seconds=1)} if reset_again else {})}
    with _violation("" if kept else r"budget\.\w+ still"):
        expect.keeps_usage(before, after, "budget", _DONE)


@pytest.mark.parametrize(
    ("earlier", "later", "kept"),
    [
        ("46Z", "46.345678Z", True),
        ("46.345678Z", "46Z", True),
        ("46.345Z", "46.3456Z", True),
        ("46.345Z", "46.355Z", False),
        ("46Z", "47.5Z", False),
        ("46Z", "47Z", False),
    ],
)
def test_timestamps_may_have_another_precision(earlier: str, later: str, kept: bool) -> None:
    minute = _ago(days=2)[:17]
    before, after = ({"reset_duration": "1M", "last_reset": minute + text} for text in (earlier, later))
    with _violation("" if kept else r"budget\.last_reset still"):
        expect.keeps_usage(before, after, "budget", _DONE)


@pytest.mark.parametrize(("name", "kept"), [(None, True), ("Sales", False)])
def test_traffic_may_increase_the_usage_of_a_named_unit(name: str | None, kept: bool) -> None:
    before = {**_BUDGET, "reset_duration": "1M", "last_reset": _ago(hours=2), "current_usage": 5}
    after, unit = {**before, "current_usage": 6}, Unit(target(), "unit", name)
    with _violation("" if kept else "the other component, budget as before"):
        expect.other_component_unchanged(unit, {"budget": before}, {"budget": after}, "rate_limit", _DONE)


@pytest.mark.parametrize(
    ("name", "read", "agrees"),
    [
        ("Sales", {}, True),
        ("Sales", {"current_usage": 6}, False),
        (None, {"current_usage": 6}, True),
        (None, {"current_usage": 4}, False),
        (None, {"current_usage": "6"}, False),
        (None, {"max_limit": 6}, False),
        (None, {"updated_at": _ago(seconds=1)}, True),
        (None, None, False),
    ],
)
def test_a_read_agrees_with_the_response(name: str | None, read: dict[str, Any] | None, agrees: bool) -> None:
    response = {"budget": {**_BUDGET, "last_reset": _ago(hours=2), "current_usage": 5, "updated_at": _ago(hours=1)}}
    later = {} if read is None else {"budget": {**response["budget"], **read}}
    with _violation("" if agrees else r"budget(\.\w+)? in a later read as in the response"):
        expect.read_agrees(Unit(target(), "unit", name), response, later, _DONE)


@pytest.mark.parametrize(
    ("duration", "change", "kept"),
    [
        ("1d", {"current_usage": 0, "last_reset": _ago(seconds=1)}, True),  # the period has ended
        ("1M", {"current_usage": 0, "last_reset": _ago(seconds=1)}, False),
        ("1d", {"max_limit": 6}, False),
        ("1d", {"updated_at": _ago(seconds=1)}, False),
    ],
)
def test_a_change_of_the_other_component_is_not_the_end_of_a_period(
    duration: str, change: dict[str, Any], kept: bool
) -> None:
    before = {**_BUDGET, "reset_duration": duration, "last_reset": _ago(days=2), "current_usage": 5}
    after, unit = {**before, **change}, Unit(target(), "unit", None)
    with _violation("" if kept else "the other component, budget as before"):
        expect.other_component_unchanged(unit, {"budget": before}, {"budget": after}, "rate_limit", _DONE)
    unit.target.unusable[GET_UNIT] = "not served"  # a read may then change updated_at
    with _violation("" if kept or "updated_at" in change else "the other component, budget as before"):
        expect.other_component_unchanged(unit, {"budget": before}, {"budget": after}, "rate_limit", _DONE)


@pytest.mark.parametrize(
    ("status", "error", "rule"),
    [(404, Violation, "VALID-16"), (401, Violation, "AUTH-19"), (503, Blocked, None), (301, Blocked, None)],
)
def test_only_a_404_shows_a_deletion(status: int, error: type[Exception], rule: str | None) -> None:
    unit = Unit(target(), "unit", None)
    unit.target.call = lambda *_, **__: exchange(status)  # type: ignore[method-assign]  # a read that fails
    with pytest.raises(error) as found:
        expect.unchanged(unit, {"id": "unit"}, _DONE, rule="VALID-16")
    assert getattr(found.value, "rule", None) == rule


@pytest.mark.parametrize(
    ("listed", "agrees"),
    [
        ({}, True),
        ({"created_at": "2026-06-01T10:00:00Z"}, True),
        ({"created_at": "2026-06-01T12:00:00.250+02:00"}, True),
        ({"created_at": "2026-06-01T10:00:02Z"}, False),
        ({"created_at": None}, False),
        ({"name": "B"}, False),
    ],
)
def test_an_entry_of_a_list_agrees_with_a_read(listed: dict[str, Any], agrees: bool) -> None:
    read = {"name": "A", "created_at": "2026-06-01T10:00:00.250Z"}
    with _violation("" if agrees else r"business_units\.\w+ = "):
        expect.entry_agrees(read, {**read, **listed}, ("name", "created_at"), _DONE)


@pytest.mark.parametrize(("removed_hours_ago", "later", "accepted"), [(1, 1, True), (1, 0, False), (0, 0, True)])
def test_a_component_that_is_set_again_is_created_later(removed_hours_ago: int, later: int, accepted: bool) -> None:
    removed = datetime.now(UTC) - timedelta(hours=removed_hours_ago)
    before = {"created_at": removed.isoformat()}
    after = {"created_at": (removed + timedelta(seconds=later)).isoformat()}
    with _violation("" if accepted else r"budget\.created_at after"):
        expect.created_later(before, after, "budget", _DONE)
