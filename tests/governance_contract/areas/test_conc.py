"""CONC: simultaneous updates, creations and deletions do not lose or mix data."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st

from ..checks import expect
from ..checks.component_checks import EACH_COMPONENT
from ..checks.generation import current_generation
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT, SETTINGS
from ..checks.inputs.strategies import Body, permitted_updates
from ..checks.properties import judge_all
from ..checks.run_protocol import Run
from ..checks.teams import Team
from ..checks.update_effects import violation_of
from ..checks.violation import Violation, still_present, wrong_value
from ..contract.components import COMPONENTS
from ..contract.operation_ids import (
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_UNIT,
    GET_UNIT,
    LIST_TEAMS,
    LIST_UNITS,
    UPDATE_GOVERNANCE,
)
from ..target.connections import Connections, RequestOptions
from ..target.exchange import Exchange
from ..target.run_units import Units, search_units, units_named
from ..target.target import Target
from ..target.unit import Unit, UnitState, component_of, settings_in
from ..vocabulary import About

_SIMULTANEOUS_REQUESTS = 8
_SIMULTANEOUS_CREATIONS = 6
"""Units that exist at the same time; a target may have a quota."""
_SIMULTANEOUS_DELETIONS = 4
"""Deletions of one unit."""
_UNIT_COUNT = 4
_START: dict[str, dict[str, Any]] = {
    "budget": {"max_limit": 5, "reset_duration": "1w"},
    "rate_limit": {"token_max_limit": 5, "token_reset_duration": "1d"},
}
# In seconds. A request never takes longer, including retries after 429.
_LONGEST_WAIT = 120.0
_READERS = 2
_MOST_READS = 500  # by one reader
_Got = TypeVar("_Got")


def _together(target: Target, calls: Sequence[Callable[[Connections], _Got]]) -> list[_Got]:
    """Make calls at the same time, each on a new connection, and return their results.

    Raises:
        Unreachable: a call got no response.
    """
    start = threading.Barrier(len(calls))

    def send(call: Callable[[Connections], _Got]) -> _Got:
        with target.connect() as connections:
            start.wait(_LONGEST_WAIT)
            return call(connections)

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        futures = [pool.submit(send, call) for call in calls]
    # The pool has waited for all calls. Each request has its own timeout.
    return [future.result(0) for future in futures]


def _overlapping(
    target: Target, first: Callable[[Connections], _Got], second: Callable[[Connections], _Got]
) -> list[_Got]:
    """Make the second call when the request of the first call is sent, before its response may have arrived.

    Raises:
        Unreachable: a call got no response.
    """
    left = threading.Event()

    def lead() -> _Got:
        try:
            with target.connect(RequestOptions(on_sent=left.set)) as connections:
                return first(connections)
        finally:
            left.set()

    def follow() -> _Got:
        with target.connect() as connections:
            left.wait(_LONGEST_WAIT)
            return second(connections)

    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [pool.submit(lead), pool.submit(follow)]
    return [future.result(0) for future in futures]


def _update(unit: Unit, body: Any) -> Callable[[Connections], Exchange]:
    return lambda connections: unit.target.call(UPDATE_GOVERNANCE, body, path=unit.path, over=connections)


def _deletion(unit: Unit) -> Callable[[Connections], Exchange]:
    return lambda connections: unit.target.call(DELETE_UNIT, path=unit.path, over=connections)


@pytest.mark.rule("CONC-01")
def test_updates_of_different_components_both_take_effect(unit: Unit, target: Target) -> None:
    unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    for number in range(1, current_generation().profile.rounds + 1):
        budget = {**BUDGET, "max_limit": 1000 + number}
        rate_limit = {**RATE_LIMIT, "token_max_limit": 2000 + number, "request_max_limit": 3000 + number}
        updates = [_update(unit, {"budget": budget}), _update(unit, {"rate_limit": rate_limit})]
        for exchange in _together(target, updates):
            expect.succeeded(exchange)
        fetched = unit.fetch()
        entity = expect.succeeded(fetched)
        expect.shows(entity, "budget", budget, fetched)
        expect.shows(entity, "rate_limit", rate_limit, fetched)


def _expect_one_success(exchanges: Sequence[Exchange], what: str) -> None:
    """Expect that exactly one of several simultaneous requests succeeded."""
    if sum(exchange.ok for exchange in exchanges) != 1:
        statuses = dict(Counter(exchange.status for exchange in exchanges))
        raise Violation(f"one of {len(exchanges)} {what} to succeed", f"{statuses} (status: times)", exchanges[-1])


@pytest.mark.rule("CONC-02")
def test_one_of_many_creations_of_a_name_succeeds(units: Units, target: Target) -> None:
    name = units.new_name()

    def create(connections: Connections) -> Exchange:
        exchange = target.call(CREATE_UNIT, {"name": name}, over=connections)
        units.register(exchange)
        return exchange

    exchanges = _together(target, [create] * _SIMULTANEOUS_REQUESTS)
    for exchange in exchanges:
        if not exchange.ok:
            expect.status(exchange, 409)
    _expect_one_success(exchanges, "creations")
    if not target.serves(LIST_UNITS):
        return
    listing, listed = units_named(target, name)
    if len(listed) != 1:
        raise Violation("the business unit listed once", f"{len(listed)} times", listing)


@pytest.fixture
def created(create_unit: Callable[..., Unit]) -> list[Unit]:
    """Several business units, deleted after the test."""
    return [create_unit() for _ in range(_UNIT_COUNT)]


@pytest.mark.rule("CONC-03")
@pytest.mark.units(_UNIT_COUNT)
def test_updates_of_different_units_do_not_mix(created: list[Unit], target: Target) -> None:
    for number in range(1, current_generation().profile.rounds + 1):
        bodies = [_numbered(100 * number + place) for place in range(_UNIT_COUNT)]
        exchanges = _together(target, [_update(unit, body) for unit, body in zip(created, bodies, strict=True)])
        for body, exchange in zip(bodies, exchanges, strict=True):
            expect.shows_all(expect.succeeded(exchange), body, exchange)
        for body, fetched in zip(bodies, _together(target, [_fetch(unit) for unit in created]), strict=True):
            expect.shows_all(expect.succeeded(fetched), body, fetched)


@pytest.mark.rule("CONC-03")
@pytest.mark.units(_UNIT_COUNT)
def test_equal_updates_of_different_units_all_take_effect(created: list[Unit], target: Target) -> None:
    for number in range(1, current_generation().profile.half_rounds + 1):
        bodies = [_numbered(number)] * _UNIT_COUNT
        exchanges = _together(target, [_update(unit, body) for unit, body in zip(created, bodies, strict=True)])
        for unit, body, exchange in zip(created, bodies, exchanges, strict=True):
            expect.shows_all(expect.succeeded(exchange), body, exchange)
            fetched = unit.fetch()
            expect.shows_all(expect.succeeded(fetched), body, fetched)


def _fetch(unit: Unit) -> Callable[[Connections], Exchange]:
    """Return a call that reads a unit: a GET if the target serves it, or else an empty update."""
    if not unit.target.serves(GET_UNIT):
        return _update(unit, {})
    return lambda connections: unit.target.call(GET_UNIT, path=unit.path, over=connections)


def _numbered(number: int) -> dict[str, dict[str, Any]]:
    return {
        "budget": {**BUDGET, "max_limit": number},
        "rate_limit": {**RATE_LIMIT, "token_max_limit": number, "request_max_limit": number},
    }


@pytest.mark.rule("CONC-04")
def test_a_unit_deleted_during_an_update_is_gone(units: Units, target: Target) -> None:
    for number in range(1, current_generation().profile.half_rounds + 1):
        created = units.create()
        created.prepare_state(budget=BUDGET)
        calls = (_update(created, _numbered(number)), _deletion(created))
        # Simultaneous calls arrive in any order. A deletion that overtakes an update is the dangerous order.
        updated, deleted = _overlapping(target, *calls) if number % 2 else _together(target, calls)
        expect.succeeded(deleted)
        expect.status(updated, 200, 404)
        expect.status(created.fetch(), 404)
        expect.status(created.put({"budget": BUDGET}), 404)
        if target.serves(LIST_UNITS) and created.name:
            listing = search_units(target, created.name, 100)
            if any(entry.get("id") == created.id for entry in listing.entries("business_units")):
                raise still_present("no entry of the deleted business unit", "an entry", listing)


@pytest.mark.rule("CONC-05")
def test_one_of_many_creations_of_governance_succeeds(unit: Unit, target: Target) -> None:
    def create(number: int) -> Callable[[Connections], Exchange]:
        body = _numbered(number)
        return lambda connections: target.call(CREATE_GOVERNANCE, body, path=unit.path, over=connections)

    unit.set_state()
    exchanges = _together(target, [create(number) for number in range(1, _SIMULTANEOUS_REQUESTS + 1)])
    for exchange in exchanges:
        expect.status(exchange, 200, 409)
    created = [number for number, exchange in enumerate(exchanges, 1) if exchange.ok]
    _expect_one_success(exchanges, "creations")
    fetched = unit.fetch()
    expect.shows_all(expect.succeeded(fetched), _numbered(created[0]), fetched)


@pytest.mark.rule("CONC-06")
@EACH_COMPONENT
def test_updates_of_one_component_do_not_mix(unit: Unit, target: Target, component: str) -> None:
    """The later update sets all settings. Its response and a later read show them."""
    for _ in range(current_generation().profile.half_rounds):
        unit.set_state(**{component: _START[component]})
        exchanges = _together(target, [_update(unit, {component: body}) for body in SETTINGS[component]])
        for exchange in exchanges:
            expect.succeeded(exchange)
        fetched = unit.fetch()
        last = settings_in(expect.succeeded(fetched), component)
        winners = [
            exchange
            for exchange, body in zip(exchanges, SETTINGS[component], strict=True)
            if body.items() <= last.items()
        ]
        if not winners:
            raise Violation(f"{component} as one of the updates set it", repr(last), fetched, about=About(component))
        response = settings_in(expect.succeeded(winners[0]), component)
        if response != last:
            expected = f"{component} in the response as in a later read, {last}"
            raise Violation(expected, repr(response), winners[0], about=About(component))


@pytest.mark.rule("CONC-07")
@EACH_COMPONENT
def test_a_removal_and_an_update_do_not_mix(unit: Unit, target: Target, component: str) -> None:
    """The component is absent if the removal was later, or else as updated. It is never as before."""
    wanted = SETTINGS[component].other
    for _ in range(current_generation().profile.half_rounds):
        unit.set_state(**{component: SETTINGS[component].usual})
        removed, updated = _together(target, [_update(unit, {component: {}}), _update(unit, {component: wanted})])
        expect.succeeded(removed)
        fetched = unit.fetch()
        entity = expect.succeeded(fetched)
        if not updated.ok:  # an update after the removal may be refused as incomplete
            expect.status(updated, 400, 404)
            expect.absent(entity, component, fetched)
        elif component in entity:
            expect.shows(entity, component, wanted, fetched)


@pytest.mark.rule("CONC-01", "CONC-06", "CONC-07")
@pytest.mark.property
def test_simultaneous_updates_take_effect_one_after_the_other(run: Run, unit: Unit) -> None:
    """For each component, the last update that mentions it counts. The order is the same for both components."""

    def check(bodies: list[Body]) -> Generator[Violation]:
        first, *rest = bodies
        start = unit.prepare_state(**first)
        exchanges = _together(run.target, [_update(unit, body) for body in rest])
        for body, exchange in zip(rest, exchanges, strict=True):
            rule = _rule_of_race(rest) if exchange.is_server_error else _rule_of_refusal(body, start, rest)
            yield from violation_of(rule, expect.succeeded, exchange)
        accepted = [body for body, exchange in zip(rest, exchanges, strict=True) if exchange.ok]
        fetched = unit.fetch()
        entity = expect.succeeded(fetched)
        before = {component: settings_in(start, component) for component in COMPONENTS}
        if not any(_shows_all(entity, [before, *order], fetched) for order in permutations(accepted)):
            wanted = f"the settings after {json.dumps(accepted)} in some order"
            got = json.dumps({component: settings_in(entity, component) for component in COMPONENTS})
            raise Violation(wanted, got, fetched, rule=_rule_of_race(rest))

    updates = st.lists(permitted_updates(run.target.contract).filter(bool), min_size=3, max_size=4)
    judge_all(run, updates, check, max_shrinks=0)


def _shows_all(entity: UnitState, updates: Sequence[Body], fetched: Exchange) -> bool:
    """Whether a unit has the settings that updates give it, one after the other."""
    last = {component: sent for body in updates for component, sent in body.items()}
    try:
        expect.shows_all(entity, {component: {} for component in COMPONENTS} | last, fetched)
    except Violation:
        return False
    return True


def _rule_of_refusal(body: Body, start: UnitState, bodies: Sequence[Body]) -> str:
    """Return the rule that the refusal of one of several simultaneous updates breaks.

    Only rules with the level SHOULD say what happens to a component that was absent or that another update removed.
    """
    removed = {component for other in bodies for component, sent in other.items() if not sent}
    for component, sent in body.items():
        if component_of(start, component) is None or component in removed:
            return "CREATE-01" if sent else "REMOVE-06"
    return _rule_of_race(bodies)


def _rule_of_race(bodies: Sequence[Body]) -> str:
    """Return the rule that a wrong result of simultaneous updates breaks."""
    if any(not sent for body in bodies for sent in body.values()):
        return "CONC-07"
    return "CONC-06" if set.intersection(*map(set, bodies)) else "CONC-01"


@pytest.mark.rule("CONC-08")
def test_one_of_two_assignments_succeeds(unit: Unit, another_unit: Unit, target: Target, named_team: Team) -> None:
    both = (unit, another_unit)

    def assign(unit: Unit) -> Callable[[Connections], Exchange]:
        return lambda connections: named_team.assign(unit, over=connections)

    for _ in range(current_generation().profile.half_rounds):
        exchanges = _together(target, [assign(candidate) for candidate in both])
        can_list = target.serves(LIST_TEAMS) and unit.name is not None  # a named unit may have pages of teams
        listed = [named_team.list_teams(candidate) for candidate in both] if can_list else []
        for candidate in both:
            named_team.remove(candidate)
        for exchange in exchanges:
            expect.status(exchange, 200, 409)
        _expect_one_success(exchanges, "assignments")
        for exchange, (listing, teams) in zip(exchanges, listed, strict=False):
            if (named_team.id in teams) != exchange.ok:
                expected = f"the team {'' if exchange.ok else 'not '}in the unit, as the response says"
                raise Violation(expected, f"the teams {teams}", listing)


@pytest.mark.rule("CONC-09")
@pytest.mark.units(_SIMULTANEOUS_CREATIONS)
def test_units_created_at_the_same_time_all_exist(units: Units, target: Target) -> None:
    def create(name: str) -> Callable[[Connections], Exchange]:
        return lambda connections: target.call(CREATE_UNIT, {"name": name}, over=connections)

    names = [units.new_name() for _ in range(_SIMULTANEOUS_CREATIONS)]
    exchanges = _together(target, [create(name) for name in names])
    created = [units.register(exchange) for exchange in exchanges]
    if not all(exchange.ok for exchange in exchanges):
        alone = target.call(CREATE_UNIT, {"name": units.new_name()})
        units.register(alone)
        if not alone.ok:
            units.give_up(alone)  # skips the test if a quota may be the reason
    for exchange in exchanges:
        expect.succeeded(exchange)
    for unit, name in zip(created, names, strict=True):
        if unit is None:
            continue  # the schema requires an id; other rules judge that
        fetched = unit.fetch()
        if expect.succeeded(fetched).get("name", name) != name:
            raise wrong_value("name", name, fetched.member("name"), fetched)
        units.delete(unit)


@pytest.mark.rule("CONC-10")
def test_a_unit_deleted_several_times_at_once_is_gone(units: Units, target: Target) -> None:
    for _ in range(current_generation().profile.half_rounds):
        created = units.create()
        created.prepare_state(budget=BUDGET)
        exchanges = _together(target, [_deletion(created)] * _SIMULTANEOUS_DELETIONS)
        for exchange in exchanges:
            expect.status(exchange, 200, 404)
        if not any(exchange.ok for exchange in exchanges):
            raise Violation("one deletion to succeed", "none did", exchanges[-1])
        expect.status(created.fetch(), 404)


def _update_while_reading(unit: Unit, bodies: Sequence[Any]) -> tuple[list[Exchange], list[Exchange]]:
    """Send updates one after the other while two threads read the unit. Return the updates and the reads."""
    finished = threading.Event()

    def write(connections: Connections) -> list[Exchange]:
        try:
            return [_update(unit, body)(connections) for body in bodies]
        finally:
            finished.set()

    def read(connections: Connections) -> list[Exchange]:
        fetched = _fetch(unit)
        seen = [fetched(connections)]  # also if the updates are already over
        while not finished.is_set() and len(seen) < _MOST_READS:
            seen.append(fetched(connections))
        return seen

    updates, *reads = _together(unit.target, [write, *[read] * _READERS])
    return updates, [exchange for several in reads for exchange in several]


def _expect_one_update(fetched: Exchange, numbers: Collection[int]) -> None:
    """Expect that a read shows all of one update: `_numbered` gives all its limits the same number."""
    entity = expect.succeeded(fetched)
    budget, rate_limit = component_of(entity, "budget") or {}, component_of(entity, "rate_limit") or {}
    limits = [budget.get("max_limit"), rate_limit.get("token_max_limit"), rate_limit.get("request_max_limit")]
    if len(set(limits)) != 1 or limits[0] not in numbers:
        raise Violation("all limits of one accepted update", str(limits), fetched)


@pytest.mark.rule("CONC-11")
def test_a_read_shows_a_whole_update(unit: Unit) -> None:
    numbers = range(1, current_generation().profile.rounds + 1)
    unit.set_state(**_numbered(1))
    updates, reads = _update_while_reading(unit, [_numbered(number) for number in numbers])
    for exchange in updates:
        expect.succeeded(exchange)
    for fetched in reads:
        _expect_one_update(fetched, numbers)


@pytest.mark.rule("CONC-11")
def test_a_read_shows_nothing_of_a_refused_update(unit: Unit) -> None:
    unit.set_state(**_numbered(1))
    refused = [
        {"budget": {**BUDGET, "max_limit": 2}, "rate_limit": {**RATE_LIMIT, "token_max_limit": "many"}},
        {"budget": {**BUDGET, "max_limit": 2, "reset_duration": "1h", "calendar_aligned": True}},
        {"rate_limit": {}, "budget": {**BUDGET, "max_limit": ["much"]}},
    ]
    updates, reads = _update_while_reading(unit, refused * current_generation().profile.half_rounds)
    if any(exchange.ok for exchange in updates):
        pytest.skip("the target accepts an invalid update; VALID-15 judges that")
    for fetched in reads:
        _expect_one_update(fetched, [1])
