"""ALIGN: calendar-aligned budgets, whose periods begin with a day, week, month or year."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ..checks import expect
from ..checks.inputs.sample_settings import OTHER_RATE_LIMIT, RATE_LIMIT
from ..checks.violation import Violation, wrong_value
from ..contract.calendar import CALENDAR_UNITS, start, starts_near
from ..target.exchange import Exchange
from ..target.target import Target
from ..target.unit import Unit, component_of, instant
from ..vocabulary import About

_ATTEMPTS = 3
"""How often a test is repeated before usage is not taken for traffic."""


def _budget(time_unit: str, aligned: bool | None, limit: float = 80.5) -> dict[str, Any]:
    return {"max_limit": limit, "reset_duration": f"1{time_unit}", "calendar_aligned": aligned}


def _alignable(unit: Unit, preferred: str) -> str:
    """Return the preferred unit of a duration, or another one that the contract in use aligns."""
    units = unit.target.contract.calendar_alignment.time_units
    return next((time_unit for time_unit in (preferred, *"MYQwd") if time_unit in units), preferred)


def _expect_period(unit: Unit, exchange: Exchange, time_unit: str) -> None:
    """Expect that the response and a later read show a budget whose period is the current one of the calendar."""
    for budget in (component_of(expect.succeeded(exchange), "budget"), unit.read_component("budget")):
        expect.starts_with_period(budget or {}, time_unit, exchange)


def _expect_usage_kept_after(unit: Unit, *, aligned: bool) -> None:
    """Expect that an update of ``calendar_aligned`` keeps the usage of an aligned budget and of the rate limit."""
    whole = unit.read()
    before = component_of(whole, "budget") or {}
    if before.get("calendar_aligned") is not True or not before.get("current_usage"):
        pytest.skip("the named business unit has no calendar-aligned budget with usage")
    kept = {name: before[name] for name in ("max_limit", "reset_duration")}
    exchange = unit.put({"budget": {**kept, "calendar_aligned": aligned}})
    expect.succeeded(exchange)
    later = unit.read()
    expect.keeps_usage(before, component_of(later, "budget") or {}, "budget", exchange)
    expect.other_keeps_usage(whole, later, "budget", exchange, rule="UPDATE-04")


def _expect_fields_kept(unit: Unit, stored: dict[str, Any], sent: dict[str, Any], *fields: str) -> None:
    """Expect that an update of a stored budget leaves some fields unchanged. Traffic may increase usage meanwhile."""
    before = component_of(unit.set_state(budget=stored), "budget") or {}
    exchange = unit.put({"budget": sent})
    expect.succeeded(exchange)
    after = unit.read_component("budget")
    if not expect.window_is_open(before, "last_reset", exchange):
        fields = tuple(field for field in fields if field not in ("last_reset", "current_usage"))
    kept_before, kept_after = ({field: state.get(field) for field in fields} for state in (before, after))
    expect.same(kept_before, kept_after, "the budget", exchange, without=expect.changed_by_others(unit))
    if "current_usage" in fields:
        expect.keeps_usage(before, after, "budget", exchange)


def _require_alignable(target: Target, *time_units: str) -> None:
    """Skip the test if the contract in use does not align one of these units, which the built-in contract aligns."""
    alignable = target.contract.calendar_alignment.time_units
    if not set(time_units) & set(CALENDAR_UNITS) <= set(alignable):
        pytest.skip(f"in this edition of the contract, only {', '.join(alignable)} can be aligned")


@pytest.mark.rule("ALIGN-01")
def test_enabling_moves_last_reset_to_the_period_start(unit: Unit, time_unit: str) -> None:
    unit.set_state(budget=_budget(time_unit, aligned=False))
    exchange = unit.put({"budget": _budget(time_unit, aligned=True)})
    _expect_period(unit, exchange, time_unit)


@pytest.mark.rule("ALIGN-01")
def test_enabling_beside_a_rate_limit_moves_last_reset(unit: Unit) -> None:
    time_unit = _alignable(unit, "M")
    unit.set_state(budget=_budget(time_unit, aligned=False), rate_limit=RATE_LIMIT)
    exchange = unit.put({"budget": _budget(time_unit, aligned=True), "rate_limit": OTHER_RATE_LIMIT})
    _expect_period(unit, exchange, time_unit)


@pytest.mark.rule("ALIGN-01")
@pytest.mark.parametrize(("first", "second"), ["YM", "Mw", "wY"], ids=["year, month", "month, week", "week, year"])
def test_enabling_again_moves_last_reset_again(unit: Unit, first: str, second: str) -> None:
    """Alignment is disabled with a change of duration. Enabling it again starts the period of that duration."""
    _require_alignable(unit.target, first, second)
    unit.set_state(budget=_budget(first, aligned=True))
    expect.succeeded(unit.put({"budget": _budget(second, aligned=False)}))
    exchange = unit.put({"budget": _budget(second, aligned=True)})
    _expect_period(unit, exchange, second)


@pytest.mark.rule("ALIGN-08")
@pytest.mark.parametrize(("first", "second"), ["MY", "Yd", "hw"], ids=["month, year", "year, day", "hour, week"])
def test_enabling_with_a_new_duration_starts_its_period(unit: Unit, first: str, second: str) -> None:
    _require_alignable(unit.target, first, second)
    unit.set_state(budget=_budget(first, aligned=False))
    exchange = unit.put({"budget": _budget(second, aligned=True)})
    _expect_period(unit, exchange, second)


@pytest.mark.rule("ALIGN-09")
def test_enabling_alignment_applies_the_other_settings(unit: Unit, time_unit: str) -> None:
    unit.set_state(budget=_budget(time_unit, aligned=False))
    wanted = _budget(_alignable(unit, "M" if time_unit == "Y" else "Y"), aligned=True, limit=4321.5)
    exchange = unit.put({"budget": wanted})
    expect.stored(unit, "budget", wanted, exchange)


@pytest.mark.rule("ALIGN-10")
@pytest.mark.parametrize(("time_unit", "count"), [("d", 3), ("w", 2), ("M", 3), ("Y", 2)], ids=["3d", "2w", "3M", "2Y"])
def test_a_multiple_starts_with_a_period_of_its_unit(unit: Unit, time_unit: str, count: int) -> None:
    """The contract leaves open from which month several months are counted. They begin at the start of a month."""
    _require_alignable(unit.target, time_unit)
    settings = {**_budget(time_unit, aligned=False), "reset_duration": f"{count}{time_unit}"}
    unit.set_state(budget=settings)
    exchange = unit.put({"budget": {**settings, "calendar_aligned": True}})
    budget = component_of(expect.succeeded(exchange), "budget") or {}
    boundaries = starts_near(time_unit, exchange.knowledge.clock.now())
    for _ in range(count - 1):
        boundaries |= {start(time_unit, boundary - timedelta(days=1)) for boundary in boundaries}
    if instant(budget.get("last_reset")) not in boundaries:
        wanted = " or ".join(sorted(boundary.isoformat() for boundary in boundaries))
        raise Violation(
            f"budget.last_reset = {wanted}", repr(budget.get("last_reset")), exchange, about=About("budget.last_reset")
        )


@pytest.mark.rule("ALIGN-04")
@pytest.mark.spends_usage(2)
def test_disabling_keeps_usage(used_unit: Unit) -> None:
    _expect_usage_kept_after(used_unit, aligned=False)


@pytest.mark.rule("ALIGN-02")
@pytest.mark.spends_usage(3)
def test_enabling_sets_usage_to_zero(used_unit: Unit) -> None:
    whole = used_unit.read()
    budget = component_of(whole, "budget") or {}
    if not budget.get("current_usage"):
        pytest.skip("the budget of the named business unit has no usage")
    time_unit = _alignable(used_unit, "M")
    keep = {"max_limit": budget["max_limit"], "reset_duration": f"1{time_unit}"}
    for _ in range(_ATTEMPTS):
        off = used_unit.put({"budget": {**keep, "calendar_aligned": False}})
        if not (component_of(expect.succeeded(off), "budget") or {}).get("current_usage", 0):
            pytest.skip("the budget lost its usage when alignment was disabled; ALIGN-04 judges that")
        exchange = used_unit.put({"budget": {**keep, "calendar_aligned": True}})
        shown = expect.shows(expect.succeeded(exchange), "budget", {**keep, "calendar_aligned": True}, exchange)
        usage, later = shown.get("current_usage", 0), used_unit.read()
        if usage <= (component_of(later, "budget") or {}).get("current_usage", 0) - usage:
            break  # none, or no more than what traffic uses during a request
    else:
        raise wrong_value("budget.current_usage", 0, usage, exchange)
    expect.starts_with_period(shown, time_unit, exchange)
    expect.other_keeps_usage(whole, later, "budget", exchange, rule="UPDATE-04")


@pytest.mark.rule("ALIGN-03")
def test_alignment_that_was_on_keeps_usage(used_unit: Unit) -> None:
    _expect_usage_kept_after(used_unit, aligned=True)


@pytest.mark.rule("ALIGN-03")
def test_alignment_that_was_on_keeps_last_reset(unit: Unit) -> None:
    time_unit = _alignable(unit, "M")
    stored, sent = _budget(time_unit, aligned=True), _budget(time_unit, aligned=True, limit=90)
    _expect_fields_kept(unit, stored, sent, "last_reset", "current_usage", "id")


@pytest.mark.rule("ALIGN-04")
def test_disabling_keeps_last_reset(unit: Unit) -> None:
    time_unit = _alignable(unit, "Y")
    stored, sent = _budget(time_unit, aligned=True), _budget(time_unit, aligned=False)
    _expect_fields_kept(unit, stored, sent, "last_reset", "current_usage", "id")


@pytest.mark.rule("ALIGN-05")
@pytest.mark.many_requests
def test_alignment_is_possible_with_every_documented_unit(unit: Unit, target: Target) -> None:
    for time_unit in target.contract.calendar_alignment.time_units:
        for count in ("1", "2"):
            wanted = {"max_limit": 7, "reset_duration": f"{count}{time_unit}", "calendar_aligned": True}
            unit.set_state()
            exchange = unit.put({"budget": wanted})
            expect.shows(expect.succeeded(exchange), "budget", wanted, exchange)


@pytest.mark.rule("ALIGN-06")
def test_a_new_aligned_budget_starts_with_the_period(unit: Unit, time_unit: str) -> None:
    unit.set_state()
    exchange = unit.put({"budget": _budget(time_unit, aligned=True)})
    _expect_period(unit, exchange, time_unit)


@pytest.mark.rule("ALIGN-07")
@pytest.mark.parametrize("aligned", [True, False], ids=["on", "off"])
def test_null_changes_nothing(unit: Unit, aligned: bool) -> None:
    time_unit = _alignable(unit, "M")
    stored, sent = _budget(time_unit, aligned=aligned), _budget(time_unit, aligned=None)
    _expect_fields_kept(unit, stored, sent, "calendar_aligned", "last_reset", "current_usage")
