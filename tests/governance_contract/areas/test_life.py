"""LIFE: creation, renaming and deletion of business units, deletion of governance, and assignment of teams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..checks import expect
from ..checks.inputs.sample_settings import BUDGET, OTHER_BUDGET, RATE_LIMIT, SETTINGS, permitted_body
from ..checks.later_timestamps import until_a_later_timestamp
from ..checks.run_protocol import Run
from ..checks.teams import Team
from ..checks.violation import Violation, still_present, wrong_value
from ..contract.components import COMPONENTS
from ..contract.operation import Operation
from ..contract.operation_ids import (
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    DELETE_UNIT,
    GET_UNIT,
    LIST_TEAMS,
    LIST_UNITS,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)
from ..target.errors import Blocked
from ..target.exchange import Exchange
from ..target.run_units import Units, search_units
from ..target.target import Target
from ..target.unit import Unit, UnitState, component_of, instant, require_unit_in
from ..vocabulary import About, Difference


@pytest.fixture
def team(run: Run, target: Target, unit: Unit, another_unit: Unit) -> Iterator[Team]:
    """The team that the user named, if the target can list it. It is removed from all units before they are deleted."""
    target.require(LIST_TEAMS)
    named = Team(run)
    yield named
    named.release()


def _expect_no_governance(entity: UnitState, exchange: Exchange, *, rule: str | None = None) -> None:
    """Expect that a unit has no component. Other rules judge a component that is null."""
    for component in COMPONENTS:
        present = component_of(entity, component)
        if present is not None:
            got = f"{component} = {present}"[:300]
            raise still_present(f"no {component}", got, exchange, rule=rule, place=component)


def _expect_unchanged(unit: Unit, before: UnitState, exchange: Exchange) -> None:
    """Expect that a unit still exists, with its name and governance."""
    fetched = unit.fetch()
    if fetched.meaning == 404:
        about = About(difference=Difference.CHANGED)
        raise Violation("the business unit still exists", f"{fetched.outcome} on reading it", exchange, about=about)
    after = require_unit_in(fetched)
    expect.same_fields(before, after, ("id", "name", *COMPONENTS), expect.name_of(unit, exchange), exchange)


def _delete(unit: Unit) -> Exchange:
    return unit.target.call(DELETE_UNIT, path=unit.path)


@pytest.mark.rule("LIFE-01")
def test_a_created_unit_can_be_read(units: Units, create_unit: Callable[..., Unit]) -> None:
    name = units.new_name()
    created = create_unit(name)
    fetched = created.fetch()
    entity = expect.succeeded(fetched)
    for field, wanted in (("id", created.id), ("name", name)):
        if entity.get(field, wanted) != wanted:
            raise wrong_value(field, wanted, entity[field], fetched)
    _expect_no_governance(entity, fetched)


def _listed_names(listing: Exchange, unit: Unit) -> list[Any]:
    """Return the names under which a list shows a unit."""
    return [entry.get("name") for entry in listing.entries("business_units") if entry.get("id") == unit.id]


def _expect_name_kept(units: Units, target: Target, ending: str) -> None:
    """Expect that a unit can be created with a name of this ending, and that reads and lists show the name."""
    marker = units.new_name()
    name = f"{marker}{ending}"
    exchange = target.call(CREATE_UNIT, {"name": name})
    expect.succeeded(exchange)
    created = units.register(exchange)
    if created is None:
        raise Blocked("the response to a creation has no id", exchange)
    fetched = created.fetch()
    shown = expect.succeeded(fetched).get("name")
    if shown != name or exchange.member("name") not in (name, None):
        raise Violation(f"the name {name!r}", repr(shown), fetched)
    update = created.put({})
    response = expect.succeeded(update).get("name", name)
    if response != name:
        raise Violation(f"the name {name!r}", repr(response), update)
    if target.serves(LIST_UNITS):
        listing = search_units(target, marker, 100)
        names = _listed_names(listing, created)
        if names and names != [name]:  # LIST-01 judges whether the unit is listed
            raise Violation(f"the name {name!r} in the list", repr(names), listing)
    units.delete(created)


@pytest.mark.rule("LIFE-14")
@pytest.mark.parametrize("word", ["Zürich", "Łódź", "東京", "Ελλάδα", "Москва", "القاهرة"], ids=ascii)
def test_non_ascii_letters_are_stored_unchanged(units: Units, target: Target, word: str) -> None:
    _expect_name_kept(units, target, f" {word}")


@pytest.mark.rule("LIFE-15")
@pytest.mark.parametrize(
    "ending",
    [' "R&D" <b>', " O'Neill; --", " back\\slash /", " two  blanks", " 😀 👩🏽‍🚀", " 50% #1?", " R&D" * 40, "東" * 160],
    ids=["quotes", "apostrophe", "slashes", "blanks", "emoji", "signs", "long", "long, of three bytes each"],
)
def test_unusual_names_are_stored_unchanged(units: Units, target: Target, ending: str) -> None:
    _expect_name_kept(units, target, ending)


@pytest.mark.rule("LIFE-15")
@pytest.mark.parametrize("ending", ["\ttab", "\nline"], ids=["tab", "line break"])
def test_control_characters_in_a_name_are_kept_or_refused(units: Units, target: Target, ending: str) -> None:
    name = f"{units.new_name()}{ending}"
    exchange = target.call(CREATE_UNIT, {"name": name})
    created = units.register(exchange)
    if expect.status(exchange, 200, 400).ok and created is not None:
        fetched = created.fetch()
        shown = expect.succeeded(fetched).get("name")
        units.delete(created)
        if shown != name:
            raise Violation(f"the name {name!r}", repr(shown), fetched)


@pytest.mark.rule("LIFE-16")
def test_the_name_of_a_deleted_unit_is_free(units: Units) -> None:
    name = units.new_name()
    old = units.create(name)
    old.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    expect.succeeded(_delete(old))
    exchange = units.send_creation(name)
    expect.succeeded(exchange)
    new = units.register(exchange)
    if new is None or new.id == old.id:
        raise Violation(f"another id than {old.id!r}", repr(exchange.member("id")), exchange)
    fetched = new.fetch()
    _expect_no_governance(expect.succeeded(fetched), fetched, rule="LIFE-01")
    gone = old.fetch()
    units.delete(new)
    expect.status(gone, 404)


@pytest.mark.rule("LIFE-02")
def test_a_taken_name_is_a_conflict(units: Units, create_unit: Callable[..., Unit]) -> None:
    name = units.new_name()
    created = create_unit(name)
    before = created.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = units.send_creation(name)
    units.register(exchange)
    expect.status(exchange, 409)
    _expect_unchanged(created, before, exchange)


@pytest.mark.rule("LIFE-03")
@pytest.mark.operations(
    GET_UNIT,
    DELETE_UNIT,
    LIST_TEAMS,
    CREATE_GOVERNANCE,
    UPDATE_GOVERNANCE,
    DELETE_GOVERNANCE,
)
def test_a_deleted_unit_is_gone(unit: Unit, target: Target, operation: Operation) -> None:
    unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    expect.succeeded(_delete(unit))
    expect.status(target.call(operation.id, permitted_body(operation.id), path=unit.path), 404)


@pytest.mark.rule("LIFE-04")
@pytest.mark.parametrize("names", [("budget",), ("rate_limit",), COMPONENTS], ids="+".join)
def test_deleting_governance_removes_both(unit: Unit, names: tuple[str, ...]) -> None:
    unit.set_state(**{component: SETTINGS[component].usual for component in names})
    exchange = unit.target.call(DELETE_GOVERNANCE, path=unit.path)
    expect.succeeded(exchange)
    _expect_no_governance(unit.read(), exchange)


@pytest.mark.rule("LIFE-05")
def test_deleting_no_governance_is_not_found(unit: Unit, target: Target) -> None:
    """The unit never had governance, or an update removed it."""
    for earlier in (None, BUDGET):
        unit.prepare_state(budget=earlier)
        before = unit.set_state()
        exchange = target.call(DELETE_GOVERNANCE, path=unit.path)
        expect.status(exchange, 404)
        _expect_unchanged(unit, before, exchange)


@pytest.mark.rule("LIFE-06")
def test_a_rename_changes_only_the_name(unit: Unit, units: Units, target: Target) -> None:
    """No read comes between the update and the rename, since a target may keep what the last read showed."""
    before = unit.set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    updated = expect.succeeded(unit.put({"budget": OTHER_BUDGET}))
    marker = units.new_name()
    for name in (f"{marker}sales", f"{marker}Sales"):
        exchange = target.call(RENAME_UNIT, {"name": name}, path=unit.path)
        expect.succeeded(exchange)
        after = unit.read()
        if after.get("name") != name:
            raise wrong_value("name", name, after.get("name", "absent"), exchange)
        kept = ("id", "created_at", "team_count", "rate_limit")
        expect.same_fields(before, after, kept, "business_unit", exchange)
        expect.read_agrees(unit, updated, after, exchange)


@pytest.mark.rule("LIFE-06")
def test_updates_after_a_rename_keep_the_name(unit: Unit, units: Units, target: Target) -> None:
    """Later updates keep the new name, and a later rename keeps the updates."""
    unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    if target.serves(LIST_UNITS):
        target.call(LIST_UNITS, query={"search": units.prefix})  # the target may cache the list
    for number, body in enumerate([{"budget": {}}, {"rate_limit": SETTINGS["rate_limit"].other}]):
        name = units.new_name()
        expect.succeeded(target.call(RENAME_UNIT, {"name": name}, path=unit.path))
        for exchange in (unit.put(body), unit.fetch()):
            entity = expect.succeeded(exchange)
            if entity.get("name", name) != name:
                raise wrong_value("name", name, entity["name"], exchange)
            if component_of(entity, "budget") is not None:
                # Before the second rename, the rename cannot be the cause.
                rule = None if number else "LIFE-13"
                raise still_present("no budget after its removal", "a budget", exchange, rule=rule, place="budget")
        if number:
            expect.shows(unit.read(), "rate_limit", SETTINGS["rate_limit"].other, exchange)
    if target.serves(LIST_UNITS):
        listing = search_units(target, name)
        if unit.id not in [entry.get("id") for entry in listing.entries("business_units")]:
            raise Violation(f"the unit under its new name {name!r}", "not listed", listing)


@pytest.mark.rule("LIFE-07")
def test_a_rename_to_a_taken_name_is_a_conflict(
    unit: Unit, units: Units, create_unit: Callable[..., Unit], target: Target
) -> None:
    name = units.new_name()
    owner = create_unit(name)
    before, before_owner = unit.prepare_state(budget=BUDGET), owner.prepare_state(rate_limit=RATE_LIMIT)
    exchange = target.call(RENAME_UNIT, {"name": name}, path=unit.path)
    expect.status(exchange, 409)
    _expect_unchanged(unit, before, exchange)
    _expect_unchanged(owner, before_owner, exchange)
    if target.serves(LIST_UNITS):
        listing = search_units(target, name)
        if name in _listed_names(listing, unit):
            raise Violation(f"the unit is not listed under the name {name!r}, which was refused", "listed", listing)


@pytest.mark.rule("LIFE-17")
def test_a_name_given_by_a_rename_is_in_use(unit: Unit, units: Units, target: Target) -> None:
    name = units.new_name()
    expect.succeeded(target.call(RENAME_UNIT, {"name": name}, path=unit.path))
    exchange = units.send_creation(name)
    units.register(exchange)
    expect.status(exchange, 409)


@pytest.mark.rule("LIFE-18")
def test_a_unit_may_be_renamed_to_its_own_name(unit: Unit, target: Target) -> None:
    before = unit.prepare_state(budget=BUDGET)
    exchange = target.call(RENAME_UNIT, {"name": unit.name}, path=unit.path)
    expect.succeeded(exchange)
    _expect_unchanged(unit, before, exchange)


@pytest.mark.rule("LIFE-19")
def test_a_renamed_unit_keeps_its_teams(unit: Unit, units: Units, team: Team) -> None:
    team.ensure_assigned(unit)
    expect.succeeded(unit.target.call(RENAME_UNIT, {"name": units.new_name()}, path=unit.path))
    team.expect_listed(unit, listed=True)


@pytest.mark.rule("LIFE-20")
def test_a_rename_advances_updated_at(unit: Unit, units: Units, target: Target) -> None:
    """Timestamps may have whole seconds, so the test renames the unit until the timestamp advances."""
    first = instant(unit.read().get("updated_at"))
    for _ in until_a_later_timestamp():
        exchange = target.call(RENAME_UNIT, {"name": units.new_name()}, path=unit.path)
        expect.succeeded(exchange)
        last = instant(unit.read().get("updated_at"))
        if first is None or last is None:
            pytest.skip("reads show no updated_at")
        if last > first:
            return
    raise Violation(f"updated_at after {first}", str(last), exchange, about=About("updated_at"))


def _expect_listed_until_removed(unit: Unit, team: Team) -> None:
    listing = team.expect_listed(unit, listed=True)
    if listing.member("total") not in (1, None):
        raise wrong_value("total", 1, listing.member("total"), listing)
    expect.succeeded(team.remove(unit))
    team.expect_listed(unit, listed=False)


@pytest.mark.rule("LIFE-08")
def test_an_assigned_team_is_listed_until_removed(unit: Unit, team: Team) -> None:
    team.expect_listed(unit, listed=False)
    exchange = team.assign(unit)
    if exchange.meaning in (404, 409):
        raise Blocked(f"the team {team.id!r} does not exist or belongs to a unit ({exchange.outcome})", exchange)
    expect.succeeded(exchange)
    _expect_listed_until_removed(unit, team)
    expect.succeeded(team.assign(unit))
    team.expect_listed(unit, listed=True)


@pytest.mark.rule("LIFE-08")
def test_a_team_that_is_assigned_twice_is_listed_once(unit: Unit, team: Team) -> None:
    team.ensure_assigned(unit)
    expect.status(team.assign(unit), 200, 409)
    _expect_listed_until_removed(unit, team)


@pytest.mark.rule("LIFE-08")
def test_teams_and_governance_are_independent(unit: Unit, team: Team) -> None:
    before = unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = team.assign(unit)
    expect.succeeded(exchange)
    _expect_unchanged(unit, before, exchange)
    expect.succeeded(unit.put({"budget": SETTINGS["budget"].other}))
    if unit.target.serves(DELETE_GOVERNANCE):
        expect.succeeded(unit.target.call(DELETE_GOVERNANCE, path=unit.path))
    team.expect_listed(unit, listed=True)


@pytest.mark.rule("LIFE-09")
def test_a_team_of_another_unit_stays_there(unit: Unit, another_unit: Unit, team: Team) -> None:
    team.ensure_assigned(unit)
    expect.status(team.assign(another_unit), 409)
    team.expect_listed(unit, listed=True)
    team.expect_listed(another_unit, listed=False)


@pytest.mark.rule("LIFE-10")
def test_an_unknown_unit_gets_no_team(unit: Unit, units: Units, team: Team) -> None:
    nowhere = units.nowhere()
    expect.status(team.assign(nowhere), 404)
    expect.status(team.list_teams(nowhere)[0], 404)
    expect.succeeded(team.assign(unit))
    team.expect_listed(unit, listed=True)


@pytest.mark.rule("LIFE-10")
def test_an_unknown_team_is_not_found(unit: Unit, team: Team) -> None:
    team.ensure_assigned(unit)
    expect.status(team.assign(unit, team.unknown_id()), 404)
    expect.status(team.remove(unit, team.unknown_id()), 404)
    team.expect_listed(unit, listed=True)


@pytest.mark.rule("LIFE-10")
def test_a_team_of_another_unit_is_not_removed(unit: Unit, another_unit: Unit, team: Team) -> None:
    """The contract declares 400 and 404, and leaves open which of them applies."""
    team.ensure_assigned(unit)
    expect.status(team.remove(another_unit), 404, 400)
    team.expect_listed(unit, listed=True)


@pytest.mark.rule("LIFE-11")
def test_deleting_a_unit_unassigns_its_teams(unit: Unit, another_unit: Unit, team: Team) -> None:
    team.ensure_assigned(another_unit)
    expect.succeeded(_delete(another_unit))
    expect.succeeded(team.assign(unit))
    team.expect_listed(unit, listed=True)


@pytest.mark.rule("LIFE-11")
def test_deleting_a_unit_leaves_a_team_that_went_to_another(unit: Unit, another_unit: Unit, team: Team) -> None:
    team.ensure_assigned(another_unit)
    expect.succeeded(team.remove(another_unit))
    team.ensure_assigned(unit)
    expect.succeeded(_delete(another_unit))
    team.expect_listed(unit, listed=True)


@pytest.mark.rule("LIFE-12")
def test_deleting_a_unit_leaves_other_units_unchanged(unit: Unit, another_unit: Unit) -> None:
    before = another_unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    unit.prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    exchange = _delete(unit)
    expect.succeeded(exchange)
    _expect_unchanged(another_unit, before, exchange)


@pytest.mark.rule("LIFE-21")
def test_removing_a_team_leaves_the_others(units: Units, team: Team, run: Run) -> None:
    """Uses the teams of the named unit. Teams that are lost are assigned again."""
    if not run.named_units:
        pytest.skip("needs --business-unit with a business unit that has teams")
    named = units.named()
    before = team.list_teams(named)[1]
    if not before:
        pytest.skip("the named business unit has no teams")
    units.team_to_remove = team.id
    expect.succeeded(team.assign(named))
    expect.succeeded(team.remove(named))
    units.team_to_remove = None
    exchange, after = team.list_teams(named)
    expect.succeeded(exchange)
    for lost in set(before) - set(after):
        team.assign(named, lost)
    if sorted(map(str, after)) != sorted(map(str, before)):
        raise Violation(f"the teams {before}", str(after), exchange)
