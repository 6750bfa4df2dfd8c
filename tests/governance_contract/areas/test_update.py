"""UPDATE: an update of governance changes what its body names, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from ..checks import expect
from ..checks.component_checks import A_LIMIT, EACH_COMPONENT, update_and_expect_other_unchanged
from ..checks.inputs.sample_settings import BUDGET, OTHER_BUDGET, OTHER_RATE_LIMIT, RATE_LIMIT, SETTINGS
from ..checks.inputs.strategies import permitted_updates
from ..checks.later_timestamps import until_a_later_timestamp
from ..checks.properties import for_all
from ..checks.violation import Violation, wrong_value
from ..contract.components import COMPONENTS
from ..target.exchange import Exchange, unit_in
from ..target.target import Target
from ..target.unit import (
    Unit,
    component_of,
    instant,
    other_component,
    settings_in,
)
from ..vocabulary import About

_DOUBLED = [
    b'{"budget": {"max_limit": 7, "reset_duration": "1d"}, "budget": {"max_limit": 8, "reset_duration": "1w"}}',
    b'{"budget": {"max_limit": 7, "max_limit": 8, "reset_duration": "1d"}}',
    b'{"rate_limit": {"token_max_limit": 7, "token_max_limit": 8, "token_reset_duration": "1d"}}',
    b'{"budget": {}, "budget": {"max_limit": 8, "reset_duration": "1w"}}',
]
_ATTRIBUTES = ("source_id", "profile", "config", "claims", "created_by_user_id")
"""Members of a business unit that governance does not concern. Only governance operations show them."""
_EACH_STATE = pytest.mark.parametrize(
    "state", [(), ("budget",), ("rate_limit",), COMPONENTS], ids=lambda state: "+".join(state) or "none"
)


def _expect_replacement(unit: Unit, component: str) -> None:
    before, after = SETTINGS[component]
    unit.set_state(**{component: before})
    exchange = unit.put({component: after})
    expect.shows(expect.succeeded(exchange), component, after, exchange)


@pytest.mark.rule("UPDATE-01")
def test_a_complete_budget_replaces_the_settings(unit: Unit) -> None:
    _expect_replacement(unit, "budget")


@pytest.mark.rule("UPDATE-06")
def test_a_complete_rate_limit_replaces_the_settings(unit: Unit) -> None:
    _expect_replacement(unit, "rate_limit")


@pytest.mark.rule("UPDATE-02")
@_EACH_STATE
@EACH_COMPONENT
def test_a_read_matches_the_response_to_the_update(unit: Unit, state: tuple[str, ...], component: str) -> None:
    unit.set_state(**{present: SETTINGS[present].usual for present in state})
    exchange = unit.put({component: SETTINGS[component].other})
    response = expect.succeeded(exchange)
    expect.read_agrees(unit, response, unit.read(), exchange)


@pytest.mark.rule("UPDATE-02")
@pytest.mark.parametrize("raw", _DOUBLED, ids=["component", "field", "count", "removal"])
def test_a_duplicate_member_is_applied_or_refused(unit: Unit, raw: bytes) -> None:
    """Either member may count, or the body may be refused (RFC 8259 section 4). Response and read must agree."""
    before = unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = expect.status(unit.put(raw=raw), 200, 400)
    if exchange.ok:
        expect.read_agrees(unit, expect.succeeded(exchange), unit.read(), exchange)
    else:
        expect.unchanged(unit, before, exchange, rule="VALID-16")


@pytest.mark.rule("UPDATE-03")
def test_the_response_shows_the_unit_in_the_path(unit: Unit) -> None:
    bodies: list[dict[str, Any]] = [{}, {"budget": BUDGET}, {"budget": {}}]
    for body in bodies:
        exchange = unit.put(body)
        expect.succeeded(exchange)
        expect.names_unit(exchange, unit)


@pytest.mark.rule("UPDATE-04")
@EACH_COMPONENT
def test_an_omitted_component_is_unchanged(unit: Unit, component: str) -> None:
    update_and_expect_other_unchanged(unit, component, SETTINGS[component].other)


@pytest.mark.rule("UPDATE-04")
@EACH_COMPONENT
def test_an_omitted_component_is_not_created(unit: Unit, component: str) -> None:
    unit.set_state(**{component: SETTINGS[component].usual})
    exchange = unit.put({component: SETTINGS[component].other})
    for shown in (expect.succeeded(exchange), unit.read()):
        expect.absent(shown, other_component(component), exchange)


@pytest.mark.rule("UPDATE-05")
@pytest.mark.parametrize("state", [COMPONENTS, ("budget",), ("rate_limit",), ()], ids="+".join)
def test_an_empty_update_changes_nothing(unit: Unit, state: tuple[str, ...]) -> None:
    before = unit.set_state(**{earlier: SETTINGS[earlier].usual for earlier in state})
    exchange = unit.put({})
    response = expect.succeeded(exchange)
    after = unit.read()
    for component in COMPONENTS:
        earlier, later = component_of(before, component), component_of(after, component)
        expect.same(earlier, later, component, exchange, without=("updated_at", *expect.changed_by_others(unit)))
        expect.keeps_usage(earlier or {}, later or {}, component, exchange)
        if component_of(response, component) is None and earlier is not None:
            raise Violation(f"{component} in the response", f"no {component}", exchange, about=About(component))


@pytest.mark.rule("UPDATE-07")
@pytest.mark.parametrize("field", ["max_limit", "reset_duration"])
def test_an_omitted_budget_field_is_unchanged(unit: Unit, field: str) -> None:
    before = {**BUDGET, "reset_duration": "1w"}
    unit.set_state(budget=before)
    wanted = {**before, field: OTHER_BUDGET[field]}
    exchange = unit.put({"budget": {field: OTHER_BUDGET[field]}})
    expect.stored(unit, "budget", wanted, exchange)


@pytest.mark.rule("UPDATE-07")
def test_omitted_alignment_is_unchanged(unit: Unit) -> None:
    before = component_of(unit.set_state(budget={**BUDGET, "calendar_aligned": True}), "budget") or {}
    exchange = unit.put({"budget": {"max_limit": 11}})
    after = unit.read_component("budget")
    if expect.window_is_open(before, "last_reset", exchange):
        expect.same_fields(before, after, ("last_reset",), "budget", exchange)
    budget = expect.shows(expect.succeeded(exchange), "budget", {"max_limit": 11}, exchange)
    if before.get("calendar_aligned") is True and budget.get("calendar_aligned") is not True:
        raise wrong_value("budget.calendar_aligned", True, budget.get("calendar_aligned", "absent"), exchange)


@pytest.mark.rule("UPDATE-07")
def test_disabled_alignment_stays_disabled(unit: Unit) -> None:
    unit.set_state(budget={**BUDGET, "calendar_aligned": True})
    expect.succeeded(unit.put({"budget": {**BUDGET, "calendar_aligned": False}}))
    exchange = unit.put({"budget": {"max_limit": 11}})
    budget = expect.shows(expect.succeeded(exchange), "budget", {"max_limit": 11}, exchange)
    if budget.get("calendar_aligned") is True:
        raise wrong_value("budget.calendar_aligned", False, True, exchange)


@pytest.mark.rule("UPDATE-08")
@EACH_COMPONENT
def test_a_changed_limit_keeps_identity(unit: Unit, component: str) -> None:
    before = component_of(unit.set_state(**{component: SETTINGS[component].usual}), component) or {}
    exchange = unit.put({component: {**SETTINGS[component].usual, A_LIMIT[component]: 4321}})
    expect.succeeded(exchange)
    after = unit.read_component(component)
    expect.same_fields(before, after, ("id", "created_at"), component, exchange)


@pytest.mark.rule("UPDATE-08")
@pytest.mark.parametrize(
    "change", [{"max_limit": 4321}, {"reset_duration": "1w"}], ids=lambda change: next(iter(change))
)
def test_a_changed_field_of_an_aligned_budget_keeps_identity(
    unit: Unit, target: Target, change: dict[str, Any]
) -> None:
    if change.get("reset_duration", BUDGET["reset_duration"])[-1] not in target.contract.calendar_alignment.time_units:
        pytest.skip("in this edition of the contract, this duration cannot be aligned")
    before = component_of(unit.set_state(budget={**BUDGET, "calendar_aligned": True}), "budget") or {}
    exchange = unit.put({"budget": change})
    expect.shows(expect.succeeded(exchange), "budget", change, exchange)
    after = unit.read_component("budget")
    expect.same_fields(before, after, ("id", "created_at"), "budget", exchange)


@pytest.mark.rule("UPDATE-10")
@EACH_COMPONENT
def test_updated_at_advances(unit: Unit, component: str) -> None:
    """Timestamps may have whole seconds, so the test changes the unit until the timestamps advance."""
    unit.prepare_state(**{component: SETTINGS[component].usual})
    seen: list[dict[str, Any]] = []
    for attempt in until_a_later_timestamp():
        exchange = unit.put({component: {**SETTINGS[component].usual, A_LIMIT[component]: 100 + attempt}})
        response = expect.succeeded(exchange)
        seen.append(
            {
                "unit": instant(response.get("updated_at")),
                component: instant((component_of(response, component) or {}).get("updated_at")),
            }
        )
        first, last = seen[0], seen[-1]
        for what in ("unit", component):
            _expect_no_earlier([state[what] for state in seen], f"updated_at of the {what}", exchange)
        shown = [what for what in ("unit", component) if first[what] is not None]
        if not shown:
            pytest.skip("the responses show no updated_at")
        if attempt and all(last[what] is None or last[what] > first[what] for what in shown):
            return
    raise Violation("a later updated_at", f"the same after {len(seen)} changes: {seen[-1]}", exchange)


def _expect_no_earlier(moments: Sequence[datetime | None], what: str, exchange: Exchange) -> None:
    """Expect that the last timestamp is not earlier than the one before it, as far as they are shown."""
    shown = [moment for moment in moments if moment is not None]
    if len(shown) > 1 and shown[-1] < shown[-2]:
        raise Violation(f"{what} at or after {shown[-2]}", str(shown[-1]), exchange, about=About("updated_at"))


@pytest.mark.rule("UPDATE-11")
def test_other_units_are_unchanged(unit: Unit, another_unit: Unit) -> None:
    before = another_unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    bodies: list[dict[str, Any]] = [
        {"budget": OTHER_BUDGET},
        {"rate_limit": OTHER_RATE_LIMIT},
        {"budget": {}, "rate_limit": {}},
    ]
    for body in bodies:
        exchange = unit.put(body)
        expect.succeeded(exchange)
        expect.unchanged_in(another_unit, before, another_unit.fetch(), exchange)


@pytest.mark.rule("UPDATE-12")
@pytest.mark.parametrize(
    "dollars",
    [0.01, 0.1, 19.99, 1234.56, 0.000123, 999_999_999.99, 2**53 + 2, 1e15, 1e-7, 16777217, 123456.789012],
    ids=repr,
)
def test_dollar_amounts_keep_every_digit(unit: Unit, dollars: float) -> None:
    unit.ensure_state(budget=BUDGET)
    exchange = unit.put({"budget": {**BUDGET, "max_limit": dollars}})
    expect.stored(unit, "budget", {"max_limit": dollars}, exchange)


@pytest.mark.rule("UPDATE-12")
def test_a_small_change_of_an_amount_is_stored(unit: Unit) -> None:
    unit.set_state(budget=BUDGET)
    for dollars in (250.75, 250.76, 250.8, 250, 250.01):
        exchange = unit.put({"budget": {**BUDGET, "max_limit": dollars}})
        expect.stored(unit, "budget", {"max_limit": dollars}, exchange)


@pytest.mark.rule("UPDATE-12")
def test_an_amount_too_large_for_a_double_is_not_reduced(unit: Unit) -> None:
    """The target may refuse it, but must not store a smaller amount."""
    before = unit.set_state(budget=BUDGET)
    exchange = unit.put(raw=b'{"budget": {"max_limit": 1e400, "reset_duration": "1M"}}')
    if exchange.ok:
        expect.shows(unit.read(), "budget", {"max_limit": float("inf")}, exchange)
    else:
        expect.status(exchange, 400)
        expect.unchanged(unit, before, exchange, rule="VALID-16")


@pytest.mark.rule("UPDATE-13")
@pytest.mark.parametrize("count", [1, 2**31, 2**32 + 1, 2**53 + 1, 2**63 - 1], ids=repr)
def test_counts_keep_every_digit(unit: Unit, count: int) -> None:
    unit.ensure_state(rate_limit=RATE_LIMIT)
    wanted = {**RATE_LIMIT, "token_max_limit": count, "request_max_limit": count}
    exchange = unit.put({"rate_limit": wanted})
    expect.stored(unit, "rate_limit", wanted, exchange)


@pytest.mark.rule("UPDATE-13")
def test_a_count_with_an_exponent_is_stored_or_refused(unit: Unit) -> None:
    """1.2e4 is an integer in JSON Schema (draft 2020-12, core, section 4.2.3). Some parsers of int64 refuse it."""
    before = unit.set_state(rate_limit=RATE_LIMIT)
    body = json.dumps({"rate_limit": {**RATE_LIMIT, "token_max_limit": 12000}})
    exchange = expect.status(unit.put(raw=body.replace("12000", "1.2e4").encode()), 200, 400)
    if exchange.ok:
        expect.shows(expect.succeeded(exchange), "rate_limit", {"token_max_limit": 12000}, exchange)
    else:
        expect.unchanged(unit, before, exchange, rule="VALID-16")


@pytest.mark.rule("UPDATE-14")
@pytest.mark.many_requests
def test_every_documented_duration_is_accepted(unit: Unit, target: Target) -> None:
    unit.set_state()  # a stored alignment would forbid the shorter ones
    for duration in target.contract.resolve("#/components/schemas/ResetDuration/examples"):
        wanted = {"max_limit": 5, "reset_duration": duration}
        exchange = unit.put({"budget": wanted})
        expect.shows(expect.succeeded(exchange), "budget", wanted, exchange)
        pairs = {**RATE_LIMIT, "token_reset_duration": duration, "request_reset_duration": duration}
        exchange = unit.put({"rate_limit": pairs})
        expect.shows(expect.succeeded(exchange), "rate_limit", pairs, exchange)


@pytest.mark.rule("UPDATE-15")
def test_one_update_changes_both_components(unit: Unit) -> None:
    unit.set_state()
    for budget, rate_limit in ((BUDGET, RATE_LIMIT), (OTHER_BUDGET, OTHER_RATE_LIMIT)):
        exchange = unit.put({"budget": budget, "rate_limit": rate_limit})
        response = expect.succeeded(exchange)
        expect.shows(response, "budget", budget, exchange)
        expect.shows(response, "rate_limit", rate_limit, exchange)


@pytest.mark.rule("UPDATE-16")
def test_the_fields_of_the_unit_are_unchanged(unit: Unit) -> None:
    before, attributes = unit.read(), unit_in(unit.put({})) or {}
    bodies: list[dict[str, Any]] = [
        {"budget": BUDGET, "rate_limit": RATE_LIMIT},
        {"budget": OTHER_BUDGET},
        {"budget": {}},
    ]
    for body in bodies:
        exchange = unit.put(body)
        response, after = expect.succeeded(exchange), unit.read()
        shown = [name for name in _ATTRIBUTES if name in attributes]
        expect.same_fields(attributes, response, shown, "business_unit", exchange)
        expect.same_fields(before, after, ("id", "name", "created_at"), "business_unit", exchange)
        for field in ("id", "name"):
            if field in response and field in before and response[field] != before[field]:
                expected, got = f"{field} = {before[field]!r} in the response", repr(response[field])
                raise Violation(expected, got, exchange, about=About(field))


@pytest.mark.rule("UPDATE-17")
@EACH_COMPONENT
def test_the_same_update_twice_changes_no_setting(unit: Unit, component: str) -> None:
    unit.set_state()
    body = {component: SETTINGS[component].other}
    first = expect.succeeded(unit.put(body))
    exchange = unit.put(body)
    second = expect.succeeded(exchange)
    expect.same(settings_in(first, component), settings_in(second, component), component, exchange)


@pytest.mark.rule("UPDATE-18")
@EACH_COMPONENT
def test_component_ids_match_the_components(unit: Unit, component: str) -> None:
    unit.set_state()
    both = {each: SETTINGS[each].usual for each in COMPONENTS}
    bodies: list[dict[str, Any]] = [{component: SETTINGS[component].usual}, both, {component: {}}, both]
    for body in bodies:
        exchange = unit.put(body)
        response = expect.succeeded(exchange)
        for changed in body:
            identifier = (component_of(response, changed) or {}).get("id")
            if response.get(f"{changed}_id") != identifier:
                shown = response.get(f"{changed}_id", "absent")
                raise wrong_value(f"{changed}_id", identifier, shown, exchange)


@pytest.mark.rule("UPDATE-19")
def test_calendar_aligned_may_be_null(unit: Unit) -> None:
    unit.prepare_state(budget=BUDGET)
    exchange = unit.put({"budget": {**OTHER_BUDGET, "calendar_aligned": None}})
    expect.succeeded(exchange)


@pytest.mark.rule("UPDATE-20")
def test_a_short_duration_is_accepted_with_alignment_off(unit: Unit) -> None:
    """Generated updates combine these two members too rarely."""
    unit.set_state()
    wanted = {"max_limit": 5, "reset_duration": "1h", "calendar_aligned": False}
    exchange = unit.put({"budget": wanted})
    expect.shows(expect.succeeded(exchange), "budget", wanted, exchange)


@pytest.mark.rule("UPDATE-20")
@pytest.mark.property
def test_permitted_updates_are_accepted_and_shown(unit: Unit, target: Target) -> None:
    def check(body: dict[str, Any]) -> None:
        exchange = unit.put(body)
        response = expect.succeeded(exchange)
        expect.shows_all(response, body, exchange)
        expect.read_agrees(unit, response, unit.read(), exchange)

    for_all(permitted_updates(target.contract), check)
