"""REMOVE: an empty object removes a component, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ..checks import expect
from ..checks.component_checks import EACH_COMPONENT, read_both, update_and_expect_other_unchanged
from ..checks.inputs.sample_settings import (
    BUDGET,
    OTHER_BUDGET,
    OTHER_RATE_LIMIT,
    RATE_LIMIT,
    SETTINGS,
    half_of_rate_limit,
)
from ..checks.run_protocol import Run
from ..checks.update_effects import kept_reference, not_new
from ..checks.violation import raise_first, still_present
from ..contract.components import COMPONENTS, HALVES, USAGE
from ..target.unit import Unit, UnitState, component_of, other_component

_REMOVAL_RULES = {"budget": "REMOVE-01", "rate_limit": "REMOVE-02"}


def _expect_removal(unit: Unit, component: str) -> None:
    # White space in an empty object has no meaning (RFC 8259 section 2).
    for spelled in ("{}", "{ }", "{\n}"):
        unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
        exchange = unit.put(raw=f'{{"{component}": {spelled}}}'.encode())
        expect.absent(expect.succeeded(exchange), component, exchange)
    unit.set_state(**{component: SETTINGS[component].usual})
    exchange = unit.put({component: {}})
    expect.absent(expect.succeeded(exchange), component, exchange)


def _set_aligned(unit: Unit) -> UnitState:
    """Set both components, with an aligned budget. Skips the test if the target refuses it."""
    wanted = {"budget": {**BUDGET, "calendar_aligned": True}, "rate_limit": RATE_LIMIT}
    exchange = unit.put(wanted)
    if not exchange.ok:
        pytest.skip(f"the target refuses an aligned budget ({exchange.outcome}), which the ALIGN rules judge")
    return unit.ensure_state(**wanted)


@pytest.mark.rule("REMOVE-01")
def test_an_empty_budget_removes_the_budget(unit: Unit) -> None:
    _expect_removal(unit, "budget")


@pytest.mark.rule("REMOVE-01")
def test_an_empty_budget_removes_an_aligned_budget(unit: Unit) -> None:
    _set_aligned(unit)
    exchange = unit.put({"budget": {}})
    expect.absent(expect.succeeded(exchange), "budget", exchange)


@pytest.mark.rule("REMOVE-02")
def test_an_empty_rate_limit_removes_the_rate_limit(unit: Unit) -> None:
    _expect_removal(unit, "rate_limit")


@pytest.mark.rule("REMOVE-03")
@EACH_COMPONENT
def test_removing_one_leaves_the_other(unit: Unit, component: str) -> None:
    update_and_expect_other_unchanged(unit, component, {})


@pytest.mark.rule("REMOVE-03")
def test_removing_the_rate_limit_leaves_an_aligned_budget(unit: Unit) -> None:
    before = _set_aligned(unit)
    exchange = unit.put({"rate_limit": {}})
    expect.succeeded(exchange)
    expect.other_component_unchanged(unit, before, unit.read(), "rate_limit", exchange)


# This test deletes the usage of the rate limit. Other tests need that usage. If only one unit is named, the seed
# decides which tests run.
@pytest.mark.rule("REMOVE-03")
@pytest.mark.spends_usage(1)
def test_removing_the_rate_limit_leaves_the_usage_of_the_budget(run: Run, used_unit: Unit) -> None:
    second = run.units.second_named()
    if second is None:
        kept = run.seed % 2 == 0
        what = "the removal of a rate limit" if kept else "keeping the usage of a rate limit"
        run.note(f"{what} was not tested on usage: this needs a second --business-unit with usage")
        if kept:
            pytest.skip("this seed keeps the usage of the rate limit for other tests")
    if second is not None and component_of(second.read(), "rate_limit") is None:
        expect.succeeded(second.put({"rate_limit": RATE_LIMIT}))
    named = second or used_unit
    _expect_removal_of_used(named, "rate_limit")


@pytest.mark.rule("REMOVE-03")
@pytest.mark.spends_usage(4)
def test_removing_the_budget_leaves_the_usage_of_the_rate_limit(used_unit: Unit) -> None:
    _expect_removal_of_used(used_unit, "budget")


@pytest.mark.rule("REMOVE-08")
@pytest.mark.spends_usage(6)
def test_a_new_rate_limit_starts_without_usage(used_unit: Unit) -> None:
    _expect_removal_of_used(used_unit, "rate_limit")


def _expect_removal_of_used(unit: Unit, component: str) -> None:
    """Remove a component and set it again: the other one keeps its usage, and the new one starts without."""
    before = read_both(unit)
    exchange = unit.put({component: {}})
    expect.absent(expect.succeeded(exchange), component, exchange, rule=_REMOVAL_RULES[component])
    expect.other_keeps_usage(before, unit.read(), component, exchange, rule="REMOVE-03")
    exchange = unit.put({component: SETTINGS[component].usual})
    after = expect.shows(expect.succeeded(exchange), component, SETTINGS[component].usual, exchange)
    removed, other = (component_of(before, name) or {} for name in (component, other_component(component)))
    # Traffic may have used a little of the new window already, but not as much as either component had counted.
    counted = [*_nonzero_usage(removed), *_nonzero_usage(other)]
    for value in _nonzero_usage(after):
        if counted and value >= min(counted):
            raise still_present(f"a new {component} without usage", repr(value), exchange, rule="REMOVE-08")
    expect.created_later(removed, after, component, exchange, rule="REMOVE-08")


def _nonzero_usage(part: dict[str, Any]) -> list[float]:
    return [part[field] for field in part if field in USAGE and part[field]]


@pytest.mark.rule("REMOVE-04")
@EACH_COMPONENT
def test_a_removed_component_is_gone_from_a_later_read(unit: Unit, component: str) -> None:
    unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    expect.succeeded(unit.put({component: {}}))
    fetched = unit.fetch()
    expect.absent(expect.succeeded(fetched), component, fetched)


@pytest.mark.rule("REMOVE-05")
def test_one_update_removes_both(unit: Unit) -> None:
    unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = unit.put({"budget": {}, "rate_limit": {}})
    response, fetched = expect.succeeded(exchange), unit.fetch()
    for component in COMPONENTS:
        expect.absent(response, component, exchange)
        expect.absent(expect.succeeded(fetched), component, fetched)


@pytest.mark.rule("REMOVE-06")
@EACH_COMPONENT
def test_removing_an_absent_component_is_accepted(unit: Unit, component: str) -> None:
    other = other_component(component)
    before = unit.prepare_state(**{other: SETTINGS[other].usual})
    exchange = unit.put({component: {}})
    # A refusal breaks this rule. A component that is present afterwards breaks the rule about its removal.
    expect.absent(expect.succeeded(exchange), component, exchange, rule=_REMOVAL_RULES[component])
    expect.other_component_unchanged(unit, before, unit.read(), component, exchange)


@pytest.mark.rule("REMOVE-07")
@EACH_COMPONENT
def test_a_removal_removes_the_component_id(unit: Unit, component: str) -> None:
    unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = unit.put({component: {}})
    response = expect.succeeded(exchange)
    raise_first(kept_reference(response, component, exchange))
    other = other_component(component)
    bodies: list[dict[str, Any]] = [{}, {other: SETTINGS[other].other}, {component: {}}, {other: {}}]
    for body in bodies:
        exchange = unit.put(body)
        if exchange.ok:  # REMOVE-06 judges whether a second removal is accepted
            raise_first(kept_reference(expect.succeeded(exchange), component, exchange))
    fetched = unit.fetch()
    raise_first(kept_reference(expect.succeeded(fetched), component, fetched))


@pytest.mark.rule("REMOVE-08")
@pytest.mark.parametrize("with_other", [False, True], ids=["without a rate limit", "with a rate limit"])
def test_a_budget_set_again_is_not_aligned(unit: Unit, with_other: bool) -> None:
    unit.set_state(budget={**BUDGET, "calendar_aligned": True}, **({"rate_limit": RATE_LIMIT} if with_other else {}))
    expect.succeeded(unit.put({"budget": {}}))
    exchange = unit.put({"budget": BUDGET})
    wanted = {**BUDGET, "calendar_aligned": False}
    expect.stored(unit, "budget", wanted, exchange)


@pytest.mark.rule("REMOVE-08")
@EACH_COMPONENT
def test_a_component_set_again_is_new(unit: Unit, component: str) -> None:
    before = component_of(unit.set_state(**{component: SETTINGS[component].usual}), component) or {}
    expect.succeeded(unit.put({component: {}}))
    exchange = unit.put({component: SETTINGS[component].usual})
    after = component_of(expect.succeeded(exchange), component) or {}
    raise_first(not_new(component, before, after, SETTINGS[component].usual, exchange))


@pytest.mark.rule("REMOVE-08")
@pytest.mark.parametrize(("half", "other"), [HALVES, HALVES[::-1]])
@pytest.mark.parametrize("with_budget", [False, True], ids=["without a budget", "with a budget"])
def test_a_rate_limit_set_again_has_no_old_limits(unit: Unit, half: str, other: str, with_budget: bool) -> None:
    """Setting one half, removing the rate limit and setting the other half leaves nothing of the first half."""
    first, second = half_of_rate_limit(half), half_of_rate_limit(other)
    unit.set_state(rate_limit=first, **({"budget": BUDGET} if with_budget else {}))
    expect.succeeded(unit.put({"rate_limit": {}}))
    exchange = unit.put({"rate_limit": second})
    rate_limit = expect.shows(expect.succeeded(exchange), "rate_limit", second, exchange)
    raise_first(not_new("rate_limit", first, rate_limit, second, exchange))


@pytest.mark.rule("REMOVE-09")
@EACH_COMPONENT
@pytest.mark.parametrize("there", [True, False], ids=["replaces", "adds"])
def test_one_update_removes_one_and_sets_the_other(unit: Unit, component: str, there: bool) -> None:
    other = other_component(component)
    unit.set_state(**{component: SETTINGS[component].usual}, **({other: SETTINGS[other].usual} if there else {}))
    wanted = OTHER_BUDGET if other == "budget" else OTHER_RATE_LIMIT
    exchange = unit.put({component: {}, other: wanted})
    response = expect.succeeded(exchange)
    expect.absent(response, component, exchange)
    expect.shows(response, other, wanted, exchange)


@pytest.mark.rule("REMOVE-10")
@EACH_COMPONENT
def test_a_later_update_does_not_restore_a_removed_component(unit: Unit, component: str) -> None:
    other = other_component(component)
    unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    expect.succeeded(unit.put({component: {}}))
    bodies: list[dict[str, Any]] = [{}, {other: SETTINGS[other].other}, {other: {}}]
    for body in bodies:
        exchange = unit.put(body)
        expect.absent(expect.succeeded(exchange), component, exchange)
    fetched = unit.fetch()
    expect.absent(expect.succeeded(fetched), component, fetched)


@pytest.mark.rule("REMOVE-10")
@pytest.mark.many_requests
def test_a_removal_lasts_through_a_long_sequence(unit: Unit) -> None:
    """Each step is compared with the result of all steps before it."""
    unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    left: dict[str, Any] = {"budget": BUDGET, "rate_limit": RATE_LIMIT}
    steps: list[dict[str, Any]] = [
        {"rate_limit": {}},
        *({"budget": {**BUDGET, "max_limit": 100 + number}} for number in range(4)),
        {"budget": {}},
        {},
        {"rate_limit": OTHER_RATE_LIMIT},
        *({"rate_limit": {**RATE_LIMIT, "token_max_limit": 100 + number}} for number in range(4)),
        {"budget": OTHER_BUDGET},
        {"budget": {}, "rate_limit": RATE_LIMIT},
        {},
    ]
    for step in steps:
        exchange = unit.put(step)
        response, fetched = expect.succeeded(exchange), unit.fetch()
        left |= step
        for entity, shown in ((response, exchange), (expect.succeeded(fetched), fetched)):
            expect.shows_all(entity, left, shown)
