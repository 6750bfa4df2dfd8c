"""UPDATE: usage of a business unit that other clients use, before and after updates.

Only the named business unit has usage. The tests raise its limits for a moment and set them back.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.component_checks import EACH_COMPONENT, read_both, settings_restored
from ..checks.inputs.strategies import Body
from ..checks.properties import judge_all
from ..checks.run_protocol import Run
from ..checks.steps import with_steps
from ..checks.update_effects import violation_of
from ..checks.violation import Violation
from ..contract.components import COMPONENTS, HALVES, USAGE
from ..target.exchange import Exchange
from ..target.unit import Unit, UnitState, component_of, settings_in, settings_of
from ..vocabulary import About, Difference

_ROUNDS_OF_COUNTING = 3
_DIVIDE_BY = 3
"""Divides the number of examples, because each example sends several updates to a unit that others use."""
_MOST_UPDATES = 5
_MOST_SHRINKS = 10
_LARGEST_LIMIT = 2**53
_INVALID: Body = {"budget": {"max_limit": "much"}, "rate_limit": {"token_max_limit": "many"}}


@pytest.mark.rule("UPDATE-01")
def test_a_limit_may_be_below_the_usage(used_unit: Unit) -> None:
    usage = used_unit.read_component("budget").get("current_usage")
    if not usage:
        pytest.skip("the budget of the named business unit has no usage")
    with settings_restored(used_unit, "budget") as settings:
        wanted = {**settings["budget"], "max_limit": round(usage / 2, 2) or 0.01}
        exchange = used_unit.put({"budget": wanted})
        response, after = expect.succeeded(exchange), used_unit.read()
    expect.shows(response, "budget", wanted, exchange)
    expect.shows(after, "budget", wanted, exchange)


@pytest.mark.rule("UPDATE-04")
@EACH_COMPONENT
def test_an_omitted_component_keeps_its_usage(used_unit: Unit, component: str) -> None:
    before = read_both(used_unit)
    with settings_restored(used_unit, component) as settings:
        exchange = used_unit.put({component: _with_higher_limits(settings[component])})
        expect.succeeded(exchange)
        after = used_unit.read()
    expect.other_keeps_usage(before, after, component, exchange, rule="UPDATE-04")


@pytest.mark.rule("UPDATE-09")
@EACH_COMPONENT
def test_a_changed_limit_keeps_usage(used_unit: Unit, component: str) -> None:
    whole = used_unit.read()
    before = component_of(whole, component)
    if before is None:
        pytest.skip(f"the named business unit has no {component}")
    with settings_restored(used_unit, component) as settings:
        limit = next(field for field in settings[component] if field.endswith("max_limit"))
        exchange = used_unit.put({component: {**settings[component], limit: settings[component][limit] + 1}})
        response = component_of(expect.succeeded(exchange), component)
        after = used_unit.read()
    expect.keeps_usage(before, component_of(after, component) or {}, component, exchange)
    if response is not None:  # usage in a later read was not lost, but is missing from the response
        expect.keeps_usage(before, response, f"{component} of the response", exchange, rule="UPDATE-02")
    expect.other_keeps_usage(whole, after, component, exchange, rule="UPDATE-04")


@pytest.mark.rule("UPDATE-09")
def test_a_change_of_both_components_keeps_usage(used_unit: Unit) -> None:
    before = read_both(used_unit)
    with settings_restored(used_unit, *COMPONENTS) as settings:
        exchange = used_unit.put({component: _with_higher_limits(values) for component, values in settings.items()})
        expect.succeeded(exchange)
        after = used_unit.read()
    for component in COMPONENTS:
        expect.keeps_usage(
            component_of(before, component) or {}, component_of(after, component) or {}, component, exchange
        )


@pytest.mark.rule("UPDATE-09")
@pytest.mark.spends_usage(5)
@pytest.mark.parametrize(("half", "other"), [HALVES[::-1], HALVES])
def test_another_duration_keeps_the_usage_of_the_other_half(used_unit: Unit, half: str, other: str) -> None:
    """The contract leaves open what happens to the usage of the half that changes."""
    before = used_unit.read_component("rate_limit")
    duration = f"{half}_reset_duration"
    if duration not in settings_of("rate_limit", before) or not before.get(f"{other}_current_usage"):
        pytest.skip("the rate limit of the named business unit lacks a half, or has no usage in the other one")
    changed = "1Y" if before[duration] != "1Y" else "1M"
    with settings_restored(used_unit, "rate_limit") as settings:
        exchange = used_unit.put({"rate_limit": {**settings["rate_limit"], duration: changed}})
        expect.succeeded(exchange)
        after = used_unit.read_component("rate_limit")
    of_other = {field: value for field, value in before.items() if field.startswith(other)}
    expect.keeps_usage(of_other, after, "rate_limit", exchange)


@pytest.mark.rule("UPDATE-09")
@EACH_COMPONENT
def test_an_update_does_not_count_as_usage(used_unit: Unit, component: str) -> None:
    """Traffic may increase usage at any time. A violation is usage that grows with each update, and never otherwise."""
    settings = settings_in(used_unit.read(), component)
    if not settings:
        pytest.skip(f"the named business unit has no {component}")
    for _ in range(_ROUNDS_OF_COUNTING):
        idle, before = used_unit.read(), used_unit.read()
        exchange = used_unit.put({component: settings})
        expect.succeeded(exchange)
        if _all_usage(idle) != _all_usage(before) or _all_usage(used_unit.read()) == _all_usage(before):
            return
    raise Violation(
        f"usage as before, {_all_usage(before)}",
        f"more with each update: {_all_usage(used_unit.read())}",
        exchange,
        about=About(difference=Difference.CHANGED),
    )


def _all_usage(entity: dict[str, Any]) -> list[Any]:
    parts = [component_of(entity, component) or {} for component in COMPONENTS]
    return [part[field] for part in parts for field in sorted(part) if field in USAGE]


def _with_higher_limits(settings: dict[str, Any]) -> dict[str, Any]:
    return {field: value + 1 if field.endswith("max_limit") else value for field, value in settings.items()}


def _updates(settings: Mapping[str, Body]) -> st.SearchStrategy[list[Body]]:
    """Return updates that keep every duration and the alignment of the settings, and lower no limit."""
    components = {component: _raised(values) for component, values in settings.items()}
    update: st.SearchStrategy[Body] = st.fixed_dictionaries({}, optional=components)
    invalid: st.SearchStrategy[Body] = st.just({component: _INVALID[component] for component in components})
    return st.lists(update | update | update | invalid, min_size=1, max_size=_MOST_UPDATES)


def _raised(settings: Body) -> st.SearchStrategy[Body]:
    """Return a component with the same or higher limits. A budget may lack the flag, which an update then keeps."""

    def higher(limit: float) -> st.SearchStrategy[float]:
        whole, most = isinstance(limit, int), max(_LARGEST_LIMIT, limit)
        more = st.integers(int(limit) + 1, int(most) + 1)
        return st.just(limit) | (more if whole else more.map(lambda dollars: dollars + 0.25))

    def member(name: str) -> st.SearchStrategy[Any]:
        return higher(settings[name]) if name.endswith("max_limit") else st.just(settings[name])

    flag = {"calendar_aligned"} & settings.keys()
    members = {name: member(name) for name in settings}
    return st.fixed_dictionaries(
        {name: value for name, value in members.items() if name not in flag},
        optional={name: members[name] for name in flag},
    )


@pytest.mark.rule("UPDATE-04", "UPDATE-05", "UPDATE-09")
@pytest.mark.property
def test_any_updates_of_limits_keep_usage(run: Run, used_unit: Unit) -> None:
    def check(bodies: list[Body]) -> Generator[Violation]:
        steps: list[str] = []
        before = used_unit.read()
        for body in bodies:
            exchange = used_unit.put(body)
            after = used_unit.read()
            steps.append(f"update {body}")
            for violation in _lost_usage(before, after, body, exchange):
                yield with_steps(violation, steps)
            before = after

    with settings_restored(used_unit, *COMPONENTS) as settings:
        judge_all(run, _updates(settings), check, divide_by=_DIVIDE_BY, max_shrinks=_MOST_SHRINKS)


def _lost_usage(before: UnitState, after: UnitState, body: Body, exchange: Exchange) -> Generator[Violation]:
    """Yield each loss of usage by an update, accepted or refused."""
    for component in COMPONENTS:
        rule = "UPDATE-09" if component in body else "UPDATE-04" if body else "UPDATE-05"
        earlier, later = component_of(before, component) or {}, component_of(after, component) or {}
        yield from violation_of(rule, expect.keeps_usage, earlier, later, component, exchange)
