"""CREATE: first governance of a business unit, with updateBusinessUnitGovernance or createBusinessUnitGovernance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from ..checks import expect
from ..checks.component_checks import EACH_COMPONENT
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT, SETTINGS, half_of_rate_limit
from ..checks.violation import Violation, wrong_value
from ..contract.components import COMPONENTS, HALVES, USAGE
from ..contract.operation_ids import CREATE_GOVERNANCE, DELETE_GOVERNANCE
from ..target.exchange import Exchange
from ..target.unit import Unit, component_of, instant, other_component
from ..vocabulary import About


def _expect_now(component: str, shown: Mapping[str, Any], fields: Sequence[str], exchange: Exchange) -> None:
    """Expect that those of some timestamps of a component that are present show the time of the target's clock."""
    for field in fields:
        moment = instant(shown.get(field))
        if moment is not None and abs(exchange.knowledge.clock.now() - moment) > expect.CLOCK_TOLERANCE:
            about = About(f"{component}.{field}")
            raise Violation(f"{component}.{field} is now", repr(shown[field]), exchange, about=about)


@pytest.mark.rule("CREATE-01")
@EACH_COMPONENT
@pytest.mark.parametrize("with_other", [False, True], ids=["without the other", "with the other"])
def test_an_update_sets_a_first_component(unit: Unit, component: str, with_other: bool) -> None:
    other = other_component(component)
    unit.set_state(**({other: SETTINGS[other].usual} if with_other else {}))
    exchange = unit.put({component: SETTINGS[component].usual})
    expect.shows(expect.succeeded(exchange), component, SETTINGS[component].usual, exchange)


@pytest.mark.rule("CREATE-02")
def test_a_first_budget_needs_max_limit(unit: Unit) -> None:
    unit.set_state(rate_limit=RATE_LIMIT)
    expect.refuses_body(unit, (400,), lambda: unit.put({"budget": {"reset_duration": "1M"}}))
    expect.succeeded(unit.put({"budget": BUDGET}))


@pytest.mark.rule("CREATE-03")
def test_a_first_budget_needs_reset_duration(unit: Unit) -> None:
    unit.set_state(rate_limit=RATE_LIMIT)
    expect.refuses_body(unit, (400,), lambda: unit.put({"budget": {"max_limit": 10}}))
    expect.succeeded(unit.put({"budget": BUDGET}))


@pytest.mark.rule("CREATE-04")
@EACH_COMPONENT
def test_a_new_component_starts_without_usage(unit: Unit, component: str) -> None:
    unit.set_state()
    exchange = unit.put({component: SETTINGS[component].usual})
    shown = component_of(expect.succeeded(exchange), component) or {}
    for field in (field for field in shown if field in USAGE):
        if shown[field] != 0:
            raise wrong_value(f"{component}.{field}", 0, shown[field], exchange)
    _expect_now(component, shown, [field for field in shown if field.endswith(("last_reset", "created_at"))], exchange)


@pytest.mark.rule("CREATE-04")
@pytest.mark.parametrize("half", HALVES)
def test_both_halves_of_a_new_rate_limit_start_now(unit: Unit, half: str) -> None:
    unit.set_state()
    exchange = unit.put({"rate_limit": half_of_rate_limit(half)})
    rate_limit = component_of(expect.succeeded(exchange), "rate_limit") or {}
    _expect_now("rate_limit", rate_limit, ["token_last_reset", "request_last_reset"], exchange)


@pytest.mark.rule("CREATE-05")
@pytest.mark.parametrize("half", HALVES)
def test_a_limit_needs_its_duration(unit: Unit, half: str) -> None:
    unit.prepare_state(budget=BUDGET)
    expect.refuses_body(unit, (400,), lambda: unit.put({"rate_limit": {f"{half}_max_limit": 10}}))
    expect.succeeded(unit.put({"rate_limit": half_of_rate_limit(half)}))


@pytest.mark.rule("CREATE-04")
def test_a_first_budget_is_not_aligned(unit: Unit) -> None:
    unit.set_state()
    exchange = unit.put({"budget": BUDGET})
    expect.shows(expect.succeeded(exchange), "budget", {**BUDGET, "calendar_aligned": False}, exchange)


@pytest.mark.rule("CREATE-06")
def test_a_created_budget_is_not_aligned(unit: Unit) -> None:
    exchange = unit.create_governance({"budget": BUDGET})
    expect.stored(unit, "budget", {**BUDGET, "calendar_aligned": False}, exchange)


@pytest.mark.rule("CREATE-06")
def test_a_budget_created_after_a_deletion_is_not_aligned(unit: Unit) -> None:
    unit.target.require(CREATE_GOVERNANCE, DELETE_GOVERNANCE)
    unit.set_state(budget={**BUDGET, "calendar_aligned": True}, rate_limit=RATE_LIMIT)
    expect.succeeded(unit.target.call(DELETE_GOVERNANCE, path=unit.path))
    exchange = unit.create_governance({"budget": BUDGET})
    wanted = {**BUDGET, "calendar_aligned": False}
    expect.stored(unit, "budget", wanted, exchange)


@pytest.mark.rule("CREATE-07")
@pytest.mark.parametrize("names", [("budget",), ("rate_limit",), COMPONENTS], ids="+".join)
def test_governance_is_created(unit: Unit, names: tuple[str, ...]) -> None:
    wanted = {"budget": {**BUDGET, "calendar_aligned": True}, "rate_limit": RATE_LIMIT}
    exchange = unit.create_governance({component: wanted[component] for component in names})
    response, read = expect.succeeded(exchange), unit.read()
    for entity in (response, read):
        expect.shows_all(
            entity, {component: wanted[component] if component in names else {} for component in COMPONENTS}, exchange
        )
    expect.names_unit(exchange, unit)


@pytest.mark.rule("CREATE-07")
def test_first_governance_keeps_every_digit(unit: Unit) -> None:
    count = 2**53 + 1
    wanted = {
        "budget": {**BUDGET, "max_limit": 123456.789012},
        "rate_limit": {**RATE_LIMIT, "token_max_limit": count, "request_max_limit": count},
    }
    exchange = unit.create_governance(wanted)
    for entity in (expect.succeeded(exchange), unit.read()):
        for component in COMPONENTS:
            expect.shows(entity, component, wanted[component], exchange)


@pytest.mark.rule("CREATE-08")
@EACH_COMPONENT
def test_governance_is_not_created_twice(unit: Unit, component: str) -> None:
    unit.set_state(**{component: SETTINGS[component].usual})
    for body in ({"budget": SETTINGS["budget"].other}, {"rate_limit": SETTINGS["rate_limit"].other}):
        expect.refuses_body(unit, (409,), partial(unit.create_governance, body), rule_of_change="CREATE-08")


@pytest.mark.rule("CREATE-09")
def test_governance_needs_a_component(unit: Unit) -> None:
    expect.refuses_body(unit, (400,), lambda: unit.create_governance({}))
    expect.succeeded(unit.create_governance({"budget": BUDGET}))


@pytest.mark.rule("CREATE-10")
@pytest.mark.parametrize("missing", ["max_limit", "reset_duration"])
def test_a_created_budget_is_complete(unit: Unit, missing: str) -> None:
    budget = {field: value for field, value in BUDGET.items() if field != missing}
    expect.refuses_body(unit, (400,), lambda: unit.create_governance({"budget": budget}))
    for incomplete in (budget, {}):
        body = {"budget": incomplete, "rate_limit": RATE_LIMIT}
        expect.refuses_body(unit, (400,), partial(unit.create_governance, body))
    expect.succeeded(unit.create_governance({"budget": BUDGET}))


@pytest.mark.rule("CREATE-11")
@EACH_COMPONENT
def test_removed_governance_is_created_again(unit: Unit, component: str) -> None:
    wanted = SETTINGS[component].usual
    expect.succeeded(unit.create_governance({component: wanted}))
    if unit.target.serves(DELETE_GOVERNANCE):
        expect.succeeded(unit.target.call(DELETE_GOVERNANCE, path=unit.path))
        exchange = unit.create_governance({component: wanted})
        expect.shows(expect.succeeded(exchange), component, wanted, exchange)
    expect.succeeded(unit.put({component: {}}))
    exchange = unit.create_governance({component: wanted})
    expect.shows(expect.succeeded(exchange), component, wanted, exchange)
