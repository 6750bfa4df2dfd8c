"""LIST: pages and search in the lists of business units and teams.

Other clients may create and delete units at the same time. Each test therefore searches for names that only it uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..checks import expect
from ..checks.expect import Violation
from ..checks.run import Run
from ..checks.sample_settings import BUDGET, RATE_LIMIT
from ..checks.teams import Team
from ..contract.operation_ids import CREATE_UNIT, DELETE_UNIT, LIST_UNITS, RENAME_UNIT
from ..contract.rules import Need
from ..target.business_units import Blocked, Unit, Units, component, unit_in
from ..target.exchange import Exchange
from ..target.target import Target

_DEFAULT_LIMIT = 20
_LARGEST_LIMIT = 100


class UnitGroup:
    """Business units of the run whose names share a marker that no other name contains."""

    def __init__(self, units: Units, target: Target) -> None:
        """Start without units."""
        self._units, self._target = units, target
        self.marker = f"{units.new_name()}-Group"
        self.units: list[Unit] = []

    def create(self, ending: str) -> Unit:
        """Create a unit whose name has the marker and an ending.

        Raises:
            Blocked: the target refuses.
        """
        created = self._units.create(f"{self.marker}-{ending}")
        self.units.append(created)
        return created

    def create_many(self, count: int) -> list[str]:
        """Create units and return their identifiers."""
        return [self.create(str(number)).id for number in range(count)]

    def search(self, text: str | None = None, **query: int) -> Exchange:
        """List the business units that match a text, or the units of the group."""
        return self._target.call(LIST_UNITS, query={"search": text or self.marker, **query})

    def list_all(self) -> Exchange:
        """List all units of the group.

        Raises:
            Blocked: the search also finds other units, so the count cannot be used.
        """
        exchange = self.search(limit=_LARGEST_LIMIT)
        expect.succeeded(exchange)
        if any(self.marker not in str(entry.get("name", self.marker)) for entry in _entries(exchange)):
            raise Blocked("the search also finds units whose names do not contain the text", exchange)
        return exchange

    def search_text(self, ending: str) -> str:
        """Return the name with this ending, without its first word. No other name contains this text."""
        return f"{self.marker}-{ending}".partition("-")[2]

    def delete(self) -> None:
        """Delete the units."""
        for unit in self.units:
            self._units.delete(unit)


@pytest.fixture
def group(units: Units, target: Target) -> Iterator[UnitGroup]:
    """A group without units."""
    group = UnitGroup(units, target)
    yield group
    group.delete()


@pytest.fixture
def large_group(run: Run, units: Units, target: Target) -> UnitGroup:
    """More units than a page has by default. Tests share them, and the end of the run deletes them."""

    def create() -> UnitGroup:
        large = UnitGroup(units, target)
        large.create_many(_DEFAULT_LIMIT + 1)
        return large

    return run.once("large group", create)


@pytest.fixture
def team(run: Run) -> Iterator[Team]:
    """The team that the user named, removed from all units after the test."""
    named = Team(run)
    yield named
    named.release()


def _entries(exchange: Exchange) -> list[dict[str, Any]]:
    return exchange.entries("business_units")


def _ids(exchange: Exchange) -> list[Any]:
    return [entry.get("id") for entry in _entries(exchange)]


def _expect_numbers(exchange: Exchange, *, rule: str | None = None, **wanted: int) -> None:
    """Expect numbers such as ``total`` in a list response. The schema requires them; missing ones are ignored here."""
    expect.succeeded(exchange)
    for name, value in wanted.items():
        got = exchange.member(name)
        if got is not None and got != value:
            raise Violation(f"{name} = {value}", repr(got), exchange, rule=rule)


def _expect_units(exchange: Exchange, ids: list[str]) -> None:
    expect.succeeded(exchange)
    found = _ids(exchange)
    if sorted(map(str, found)) != sorted(ids):
        raise Violation(f"the {len(ids)} business units {sorted(ids)}", f"{len(found)}: {found}"[:400], exchange)


def _expect_found(group: UnitGroup, ending: str, unit_id: str) -> None:
    """Expect that a search for a name of the group finds a unit. It may also find others."""
    exchange = group.search(group.search_text(ending), limit=_LARGEST_LIMIT)
    expect.succeeded(exchange)
    if unit_id not in _ids(exchange):
        raise Violation("the business unit with this name", f"{len(_entries(exchange))} others", exchange)


@pytest.mark.rule("LIST-01")
def test_the_list_follows_creation_and_deletion(group: UnitGroup, target: Target) -> None:
    _expect_numbers(group.list_all(), total=0)
    ids = group.create_many(3)
    exchange = group.list_all()
    _expect_units(exchange, ids)
    _expect_numbers(exchange, total=3)
    _expect_numbers(group.search(limit=2), total=3)
    gone = group.units[1]
    if not target.call(DELETE_UNIT, path=gone.path).ok:
        raise Blocked("the target does not delete a business unit of the run", exchange)
    exchange = group.list_all()
    _expect_units(exchange, [one for one in ids if one != gone.id])
    _expect_numbers(exchange, total=2)


@pytest.mark.rule("LIST-02")
def test_a_page_has_at_most_limit_entries(large_group: UnitGroup) -> None:
    for page, limit in ((1, 1), (1, 2), (2, 2), (3, 2), (1, 5), (1, _LARGEST_LIMIT)):
        exchange = large_group.search(page=page, limit=limit)
        expect.succeeded(exchange)
        if len(_entries(exchange)) > limit:
            raise Violation(f"at most {limit} business units", str(len(_entries(exchange))), exchange)
        _expect_numbers(exchange, page=page, limit=limit)


@pytest.mark.rule("LIST-03")
@pytest.mark.parametrize("limit", [8, 1, 2])
def test_the_pages_show_every_unit_once(large_group: UnitGroup, limit: int) -> None:
    large_group.units[2].set_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    ids = [unit.id for unit in large_group.units]
    control = large_group.list_all()
    if len(_entries(control)) != len(ids):
        raise Blocked("the search does not list all business units", control)
    last = -(-len(ids) // limit)
    pages = [large_group.search(page=page, limit=limit) for page in range(1, last + 1)]
    seen = [one for page in pages for one in _ids(page)]
    if sorted(map(str, seen)) != sorted(ids):
        missing, repeated = len(set(ids) - set(seen)), len(seen) - len(set(seen))
        raise Violation(f"each of {len(ids)} once", f"{missing} missing, {repeated} repeated", pages[-1])
    after = large_group.search(page=last + 1, limit=limit)  # the contract leaves open whether this is an error
    if set(_ids(after)) & set(ids):
        raise Violation("no business unit twice", f"{len(_ids(after))} after the last page", after)
    for page in pages:
        _expect_numbers(page, rule="LIST-01", total=len(ids))


@pytest.mark.rule("LIST-04")
def test_search_finds_part_of_a_name_in_any_case(group: UnitGroup) -> None:
    wanted = group.create("Alpha-Middle-End").id
    group.create("Beta-Other-End")
    part = group.search_text("Alpha-Mid")
    whole = f"{group.marker}-Alpha-Middle-End"
    for text in (part, part.lower(), part.upper(), part.swapcase(), whole, whole.lower()):
        _expect_units(group.search(text), [wanted])


@pytest.mark.rule("LIST-04")
def test_a_search_that_matches_nothing(group: UnitGroup) -> None:
    group.create("Alpha")
    _expect_units(group.search(group.search_text("Omega")), [])


@pytest.mark.rule("LIST-04")
@pytest.mark.parametrize(
    "special", ["two words", "50% off", "snake_case", "O'Neill", "R&D", "a+b=c", "#1?", "Zürich 東京"], ids=ascii
)
def test_search_finds_special_characters(group: UnitGroup, special: str) -> None:
    """The contract leaves open whether such a character is a wildcard. The test only expects that the name is found."""
    try:
        wanted = group.create(f"{special}-end").id
    except Blocked:
        pytest.skip(f"the target refuses a name with {special!r}")
    _expect_found(group, special, wanted)


@pytest.mark.rule("LIST-05")
def test_the_first_page_of_twenty_is_the_default(request: pytest.FixtureRequest, run: Run, target: Target) -> None:
    full = Need.OWN_UNITS not in run.missing
    if full:
        group: UnitGroup = request.getfixturevalue("large_group")
    exchange = target.call(LIST_UNITS)
    expect.succeeded(exchange)
    count = len(_entries(exchange))
    if count > _DEFAULT_LIMIT or (full and count < _DEFAULT_LIMIT):
        raise Violation(f"{'' if full else 'at most '}{_DEFAULT_LIMIT} business units", str(count), exchange)
    _expect_numbers(exchange, page=1, limit=_DEFAULT_LIMIT)
    if full:
        _expect_numbers(group.search(page=2), limit=_DEFAULT_LIMIT)
        _expect_numbers(group.search(limit=2), page=1)
        whole = group.list_all()
        if len(_entries(whole)) != len(group.units):
            found = f"{len(_entries(whole))} with limit={_LARGEST_LIMIT}"
            run.observe_violation(Violation(f"{len(group.units)} business units", found, whole, rule="LIST-02"))
        _expect_names_taken(group, run)
        _expect_governed(group.units[-1], run)


def _expect_governed(unit: Unit, run: Run) -> None:
    """Expect that the last unit of a large group shows its governance."""
    exchange = unit.put({"budget": BUDGET})
    fetched = unit.fetch()
    if exchange.ok and component(unit_in(fetched), "budget") is None:
        run.observe_violation(Violation("the budget that was set", "no budget", fetched, rule="UPDATE-02"))


def _expect_names_taken(group: UnitGroup, run: Run) -> None:
    """Expect that the first and the last name of a large group are taken."""
    for unit in (group.units[0], group.units[-1]):
        exchange = run.target.call(CREATE_UNIT, {"name": unit.name})
        double = run.units.register(exchange)
        if double is not None:
            run.units.delete(double)
        if exchange.status != 409:
            run.observe_violation(Violation("status 409", exchange.outcome, exchange, rule="LIFE-02"))


@pytest.mark.rule("LIST-06")
@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "-1"},
        {"page": "abc"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "abc"},
    ],
    ids=lambda query: "{}={}".format(*next(iter(query.items()))),
)
def test_a_page_or_limit_out_of_range(target: Target, query: dict[str, str]) -> None:
    expect.succeeded(target.call(LIST_UNITS, query={"page": 1, "limit": 1}))
    exchange = target.call(LIST_UNITS, query=query)
    if exchange.status == 400:
        return
    expect.succeeded(exchange)
    page, limit = exchange.member("page"), exchange.member("limit")
    if isinstance(page, int) and page < 1:
        raise Violation("400, or a page from 1", f"page {page}", exchange)
    if isinstance(limit, int) and not 1 <= limit <= _LARGEST_LIMIT:
        raise Violation(f"400, or a limit from 1 to {_LARGEST_LIMIT}", f"limit {limit}", exchange)
    if len(_entries(exchange)) > _LARGEST_LIMIT:
        raise Violation(f"at most {_LARGEST_LIMIT} business units", str(len(_entries(exchange))), exchange)


@pytest.mark.rule("LIST-07")
def test_the_list_counts_teams(group: UnitGroup, team: Team) -> None:
    created = group.create("with-a-team")
    _expect_team_count(group, created, 0)
    team.assign_or_block(created)
    _expect_team_count(group, created, 1)
    if team.remove(created).ok:
        _expect_team_count(group, created, 0)


@pytest.mark.rule("LIST-08")
@pytest.mark.parametrize("ending", ["Plain", "Zürich 東京"], ids=ascii)
def test_a_list_entry_matches_the_unit(group: UnitGroup, ending: str) -> None:
    _expect_entry(group, ending, ("id", "name"))


@pytest.mark.rule("LIST-09")
def test_a_list_entry_has_the_created_at_of_the_unit(group: UnitGroup) -> None:
    _expect_entry(group, "Plain", ("created_at",))


def _expect_entry(group: UnitGroup, ending: str, fields: tuple[str, ...]) -> None:
    """Expect that the list shows the same fields of each unit as a read, also after a change."""
    group.create("Neighbour")
    created = group.create(ending)
    created.set_state(budget=BUDGET)
    if created.target.serves(RENAME_UNIT):
        created.target.call(RENAME_UNIT, {"name": f"{group.marker}-Renamed-{ending}"}, path=created.path)
    exchange = group.list_all()
    listed = {entry.get("id"): entry for entry in _entries(exchange)}
    for unit in group.units:
        read, entry = unit.read(), listed.get(unit.id)
        if entry is None:
            raise Violation(f"an entry with id {unit.id!r}", str(list(listed))[:300], exchange)
        expect.same_fields(read, entry, fields, "the list entry", exchange)


@pytest.mark.rule("LIST-10")
def test_teams_come_in_pages(group: UnitGroup, team: Team) -> None:
    """A unit with one team has it on the first page, and none on the next."""
    created = group.create("with-a-team")
    team.assign_or_block(created)
    for page, limit, wanted in ((1, 1, [team.id]), (2, 1, []), (1, _LARGEST_LIMIT, [team.id]), (3, 7, [])):
        listing, found = team.list_teams(created, page=page, limit=limit)
        _expect_numbers(listing, page=page, limit=limit, total=1)
        if found != wanted:
            raise Violation(f"the teams {wanted}", str(found), listing)
    _expect_numbers(team.list_teams(created)[0], page=1, limit=_DEFAULT_LIMIT)


@pytest.mark.rule("LIST-10")
def test_teams_are_searched_within_their_unit(group: UnitGroup, team: Team) -> None:
    with_team, without = group.create("with-a-team"), group.create("without")
    team.assign_or_block(with_team)
    listed = team.list_teams(with_team)[0].entries("teams") or [{}]
    name = str(listed[0].get("name", team.id))
    for unit, text, wanted in ((with_team, name, 1), (with_team, f"{group.marker}-nothing", 0), (without, name, 0)):
        listing = team.list_teams(unit, search=text)[0]
        expect.succeeded(listing)
        found = listing.entries("teams")
        if len(found) != wanted:
            raise Violation(f"{wanted} teams", f"{len(found)}: {found}"[:300], listing)


@pytest.mark.rule("LIST-11")
@pytest.mark.parametrize("word", ["Zürich Ärzte", "Łódź", "Москва"], ids=ascii)
def test_search_ignores_non_ascii_case(group: UnitGroup, word: str) -> None:
    try:
        wanted = group.create(f"{word}-end").id
    except Blocked:
        pytest.skip(f"the target refuses a name with {word!r}")
    for text in (word, word.lower(), word.upper()):
        _expect_found(group, text, wanted)


@pytest.mark.rule("LIST-12")
@pytest.mark.parametrize("sign", ["%", "_", "*", ".", "?"])
def test_search_characters_are_literal(group: UnitGroup, sign: str) -> None:
    group.create("Alpha")
    group.create("Alphabet")
    control = group.search(group.search_text("Alph"))
    _expect_units(control, [unit.id for unit in group.units])
    _expect_units(group.search(group.search_text(f"Al{sign}ha")), [])
    _expect_units(group.search(group.search_text(f"Al{sign}")), [])


def _expect_team_count(group: UnitGroup, unit: Unit, count: int) -> None:
    detail = unit.read()
    if detail.get("team_count", count) != count:
        raise Violation(f"team_count {count} in the unit itself", repr(detail["team_count"]), unit.fetch())
    exchange = group.search(limit=_LARGEST_LIMIT)
    found = [entry.get("team_count") for entry in _entries(exchange) if entry.get("id") == unit.id]
    if found != [count]:
        raise Violation(f"one entry of the unit with team_count {count}", f"team_count {found}", exchange)
