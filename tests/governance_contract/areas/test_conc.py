"""CONC: requests at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from ..checks import expect
from ..checks.expect import Violation
from ..checks.run import Run
from ..checks.sample_settings import BUDGET, RATE_LIMIT, SETTINGS
from ..checks.search import current
from ..target.business_units import COMPONENTS, Unit, Units, component, settings
from ..target.connections import Connections, Oddity
from ..target.exchange import Exchange
from ..target.target import Target

_CROWD = 8
_UNITS = 4
_START: dict[str, dict[str, Any]] = {
    "budget": {"max_limit": 5, "reset_duration": "1w"},
    "rate_limit": {"token_max_limit": 5, "token_reset_duration": "1d"},
}
# More than a request may take with its own timeout and its patience with 429.
_PATIENCE = 120.0
_READERS = 2
_MOST_READS = 500  # of one reader
_Got = TypeVar("_Got")


def _together(target: Target, calls: Sequence[Callable[[Connections], _Got]]) -> list[_Got]:
    """Make calls at the same time, each on a connection of its own, and return what each got.

    Raises:
        Unreachable: one of them got no answer.
    """
    start = threading.Barrier(len(calls))

    def one(call: Callable[[Connections], _Got]) -> _Got:
        with target.connect() as own:
            start.wait(_PATIENCE)
            return call(own)

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        futures = [pool.submit(one, call) for call in calls]
    # The pool has waited for all of them: each request ends by its own timeout.
    return [future.result(0) for future in futures]


def _overlapping(
    target: Target, first: Callable[[Connections], _Got], second: Callable[[Connections], _Got]
) -> list[_Got]:
    """Make the second call when the request of the first has left and its answer may not be there yet.

    Raises:
        Unreachable: one of them got no answer.
    """
    left = threading.Event()

    def lead() -> _Got:
        try:
            with target.connect(Oddity(sent=left.set)) as own:
                return first(own)
        finally:
            left.set()

    def follow() -> _Got:
        with target.connect() as own:
            left.wait(_PATIENCE)
            return second(own)

    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [pool.submit(lead), pool.submit(follow)]
    return [future.result(0) for future in futures]


def _update(unit: Unit, body: Any) -> Callable[[Connections], Exchange]:
    return lambda connections: unit.target.call("updateBusinessUnitGovernance", body, path=unit.path, over=connections)


def _deletion(unit: Unit) -> Callable[[Connections], Exchange]:
    return lambda connections: unit.target.call("deleteBusinessUnit", path=unit.path, over=connections)


@pytest.mark.rule("CONC-01")
def test_updates_of_different_components_both_last(unit: Unit, target: Target) -> None:
    unit.establish(budget=BUDGET, rate_limit=RATE_LIMIT)
    for number in range(1, current().profile.rounds + 1):
        budget = {**BUDGET, "max_limit": 1000 + number}
        rate_limit = {**RATE_LIMIT, "token_max_limit": 2000 + number, "request_max_limit": 3000 + number}
        updates = [_update(unit, {"budget": budget}), _update(unit, {"rate_limit": rate_limit})]
        for exchange in _together(target, updates):
            expect.succeeded(exchange)
        look = unit.look()
        entity = expect.succeeded(look)
        expect.shows(entity, "budget", budget, look)
        expect.shows(entity, "rate_limit", rate_limit, look)


@pytest.mark.rule("CONC-02")
def test_one_of_many_creations_of_a_name_succeeds(units: Units, target: Target) -> None:
    name = units.new_name()

    def create(connections: Connections) -> Exchange:
        exchange = target.call("createBusinessUnit", {"name": name}, over=connections)
        units.adopt(exchange)
        return exchange

    exchanges = _together(target, [create] * _CROWD)
    for exchange in exchanges:
        if not exchange.ok:
            expect.status(exchange, 409)
    created = [exchange for exchange in exchanges if exchange.ok]
    if len(created) != 1:
        statuses = dict(Counter(exchange.status for exchange in exchanges))
        raise Violation(f"one creation of {_CROWD} to succeed", f"{statuses} (status: times)", exchanges[-1])
    if not target.serves("listBusinessUnits"):
        return
    listing = target.call("listBusinessUnits", query={"search": name})
    listed = [entry for entry in listing.entries("business_units") if entry.get("name") == name]
    if len(listed) != 1:
        raise Violation("the business unit listed once", f"{len(listed)} times", listing)


@pytest.mark.rule("CONC-03")
def test_updates_of_different_units_do_not_mix(units: Units, target: Target) -> None:
    own = [units.create() for _ in range(_UNITS)]
    for number in range(1, current().profile.rounds + 1):
        bodies = [_numbered(100 * number + place) for place in range(_UNITS)]
        exchanges = _together(target, [_update(unit, body) for unit, body in zip(own, bodies, strict=True)])
        for body, exchange in zip(bodies, exchanges, strict=True):
            _shows(expect.succeeded(exchange), body, exchange)
        for body, look in zip(bodies, _together(target, [_look(unit) for unit in own]), strict=True):
            _shows(expect.succeeded(look), body, look)
    for number in range(1, current().profile.duels + 1):  # equal ones are still of different units
        bodies = [_numbered(number)] * _UNITS
        exchanges = _together(target, [_update(unit, body) for unit, body in zip(own, bodies, strict=True)])
        for unit, body, exchange in zip(own, bodies, exchanges, strict=True):
            _shows(expect.succeeded(exchange), body, exchange)
            look = unit.look()
            _shows(expect.succeeded(look), body, look)
    for unit in own:
        units.forget(unit)


def _look(unit: Unit) -> Callable[[Connections], Exchange]:
    """Return the reading of a unit: with GET where that is served, else an update that changes nothing."""
    if not unit.target.serves("getBusinessUnit"):
        return _update(unit, {})
    return lambda connections: unit.target.call("getBusinessUnit", path=unit.path, over=connections)


def _numbered(number: int) -> dict[str, dict[str, Any]]:
    return {
        "budget": {**BUDGET, "max_limit": number},
        "rate_limit": {**RATE_LIMIT, "token_max_limit": number, "request_max_limit": number},
    }


def _shows(entity: dict[str, Any], body: dict[str, dict[str, Any]], exchange: Exchange) -> None:
    for name, wanted in body.items():
        expect.shows(entity, name, wanted, exchange)


@pytest.mark.rule("CONC-04")
def test_a_unit_that_is_deleted_meanwhile_is_gone(units: Units, target: Target) -> None:
    for number in range(1, current().profile.duels + 1):
        own = units.create()
        own.establish(budget=BUDGET)
        calls = (_update(own, _numbered(number)), _deletion(own))
        # Which comes first at once is up to chance; an update that a deletion overtakes is the dangerous order.
        updated, deleted = _overlapping(target, *calls) if number % 2 else _together(target, calls)
        expect.succeeded(deleted)
        expect.status(updated, 200, 404)
        expect.status(own.look(), 404)
        expect.status(own.put({"budget": BUDGET}), 404)
        if target.serves("listBusinessUnits") and own.name:
            listing = target.call("listBusinessUnits", query={"search": own.name, "limit": 100})
            if any(entry.get("id") == own.id for entry in listing.entries("business_units")):
                raise Violation("the deleted business unit not listed", "an entry of it", listing)


@pytest.mark.rule("CONC-05")
def test_one_of_many_first_governances_is_created(unit: Unit, target: Target) -> None:
    def create(number: int) -> Callable[[Connections], Exchange]:
        body = _numbered(number)
        return lambda connections: target.call("createBusinessUnitGovernance", body, path=unit.path, over=connections)

    unit.establish()
    exchanges = _together(target, [create(number) for number in range(1, _CROWD + 1)])
    for exchange in exchanges:
        expect.status(exchange, 200, 409)
    created = [number for number, exchange in enumerate(exchanges, 1) if exchange.ok]
    if len(created) != 1:
        statuses = dict(Counter(exchange.status for exchange in exchanges))
        raise Violation(f"one creation of {_CROWD} to succeed", f"{statuses} (status: times)", exchanges[-1])
    look = unit.look()
    _shows(expect.succeeded(look), _numbered(created[0]), look)


@pytest.mark.rule("CONC-06")
@pytest.mark.parametrize("name", COMPONENTS)
def test_updates_of_one_component_do_not_mix(unit: Unit, target: Target, name: str) -> None:
    """One of them is the later: its settings stay, all of them, and its answer has them."""
    for _ in range(current().profile.duels):
        unit.establish(**{name: _START[name]})
        exchanges = _together(target, [_update(unit, {name: body}) for body in SETTINGS[name]])
        for exchange in exchanges:
            expect.succeeded(exchange)
        look = unit.look()
        last = settings(name, component(expect.succeeded(look), name))
        winners = [
            exchange for exchange, body in zip(exchanges, SETTINGS[name], strict=True) if body.items() <= last.items()
        ]
        if not winners:
            raise Violation(f"{name} as one of the updates set it", repr(last), look)
        answered = settings(name, component(expect.succeeded(winners[0]), name))
        if answered != last:
            raise Violation(f"{name} in the answer as it stays, {last}", repr(answered), winners[0])


@pytest.mark.rule("CONC-07")
@pytest.mark.parametrize("name", COMPONENTS)
def test_a_removal_and_an_update_do_not_mix(unit: Unit, target: Target, name: str) -> None:
    """The component is gone where the removal was the later, else as updated: in no case as it was before."""
    wanted = SETTINGS[name][1]
    for _ in range(current().profile.duels):
        unit.establish(**{name: SETTINGS[name][0]})
        removed, updated = _together(target, [_update(unit, {name: {}}), _update(unit, {name: wanted})])
        expect.succeeded(removed)
        look = unit.look()
        entity = expect.succeeded(look)
        if not updated.ok:  # where there is nothing any more an update may be refused, or be too little
            expect.status(updated, 400, 404)
            expect.absent(entity, name, look)
        elif name in entity:
            expect.shows(entity, name, wanted, look)


@pytest.mark.rule("CONC-08")
def test_one_of_two_assignments_succeeds(units: Units, target: Target, run: Run) -> None:
    team = run.team
    own = [units.create() for _ in range(2)]

    def assign(unit: Unit) -> Callable[[Connections], Exchange]:
        body = {"team_id": team}
        return lambda connections: target.call("assignTeamToBusinessUnit", body, path=unit.path, over=connections)

    for _ in range(current().profile.duels):
        exchanges = _together(target, [assign(unit) for unit in own])
        for unit in own:
            target.call("removeTeamFromBusinessUnit", path={**unit.path, "team_id": team})
        for exchange in exchanges:
            expect.status(exchange, 200, 409)
        assigned = [exchange for exchange in exchanges if exchange.ok]
        if len(assigned) != 1:
            raise Violation("one of two assignments to succeed", f"{len(assigned)} did", exchanges[-1])
    for unit in own:
        units.forget(unit)


@pytest.mark.rule("CONC-09")
def test_units_that_are_created_at_once_are_all_there(units: Units, target: Target) -> None:
    def create(name: str) -> Callable[[Connections], Exchange]:
        return lambda connections: target.call("createBusinessUnit", {"name": name}, over=connections)

    names = [units.new_name() for _ in range(_CROWD)]
    own = []
    for exchange in _together(target, [create(name) for name in names]):
        expect.succeeded(exchange)
        own.append(units.adopt(exchange))
    for unit, name in zip(own, names, strict=True):
        if unit is None:
            continue  # an answer without an id: for the schema to say
        look = unit.look()
        if expect.succeeded(look).get("name", name) != name:
            raise Violation(f"name = {name!r}", repr(look.member("name")), look)
        units.forget(unit)


@pytest.mark.rule("CONC-10")
def test_a_unit_that_is_deleted_by_many_is_gone(units: Units, target: Target) -> None:
    for _ in range(current().profile.duels):
        own = units.create()
        own.establish(budget=BUDGET)
        exchanges = _together(target, [_deletion(own)] * _UNITS)
        for exchange in exchanges:
            expect.status(exchange, 200, 404)
        if not any(exchange.ok for exchange in exchanges):
            raise Violation("one deletion to succeed", "none did", exchanges[-1])
        expect.status(own.look(), 404)


def _watched(unit: Unit, bodies: Sequence[Any]) -> tuple[list[Exchange], list[Exchange]]:
    """Send updates one after the other while others read the unit; return the answers and what was read."""
    over = threading.Event()

    def write(connections: Connections) -> list[Exchange]:
        try:
            return [_update(unit, body)(connections) for body in bodies]
        finally:
            over.set()

    def read(connections: Connections) -> list[Exchange]:
        look, seen = _look(unit), list[Exchange]()
        while not over.is_set() and len(seen) < _MOST_READS:
            seen.append(look(connections))
        return seen

    answers, *reads = _together(unit.target, [write, *[read] * _READERS])
    return answers, [exchange for one in reads for exchange in one]


def _consistent(look: Exchange, numbers: Collection[int]) -> None:
    """Expect that a read shows what one update set, all of it: `_numbered` gives all limits the same number."""
    entity = expect.succeeded(look)
    budget, rate_limit = component(entity, "budget") or {}, component(entity, "rate_limit") or {}
    limits = [budget.get("max_limit"), rate_limit.get("token_max_limit"), rate_limit.get("request_max_limit")]
    if len(set(limits)) != 1 or limits[0] not in numbers:
        raise Violation("limits as one accepted update set them, all of them", str(limits), look)


@pytest.mark.rule("CONC-11")
def test_a_reader_sees_no_half_of_an_update(unit: Unit) -> None:
    numbers = range(1, current().profile.rounds + 1)
    unit.establish(**_numbered(1))
    answers, reads = _watched(unit, [_numbered(number) for number in numbers])
    for answer in answers:
        expect.succeeded(answer)
    for look in reads:
        _consistent(look, numbers)


@pytest.mark.rule("CONC-11")
def test_a_reader_sees_nothing_of_a_refused_update(unit: Unit) -> None:
    unit.establish(**_numbered(1))
    spoilt = [
        {"budget": {**BUDGET, "max_limit": 2}, "rate_limit": {**RATE_LIMIT, "token_max_limit": "many"}},
        {"budget": {**BUDGET, "max_limit": 2, "reset_duration": "1h", "calendar_aligned": True}},
        {"rate_limit": {}, "budget": {**BUDGET, "max_limit": ["much"]}},
    ]
    answers, reads = _watched(unit, spoilt * current().profile.duels)
    if any(answer.ok for answer in answers):  # that they are refused at all is another rule
        return
    for look in reads:
        _consistent(look, [1])
