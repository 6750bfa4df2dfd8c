"""LIST: pages and search in the lists of business units and teams.

Other clients may create and delete units at the same time. Each test therefore searches for names that only it uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..checks import expect
from ..checks.generation import current_generation
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT
from ..checks.list_model import wrong_numbers
from ..checks.run_protocol import Run
from ..checks.teams import Team
from ..checks.unit_group import USUAL_LIMIT, UnitGroup
from ..checks.violation import Violation, still_present, wrong_status
from ..contract.operation_ids import CREATE_UNIT, DELETE_UNIT, LIST_TEAMS, LIST_UNITS, RENAME_UNIT
from ..contract.pages import FIRST_PAGE, Bounds
from ..contract.rules import Need
from ..target.errors import Blocked, NotApplicable
from ..target.exchange import Exchange
from ..target.run_units import Units
from ..target.target import Target
from ..target.unit import Unit, component_of, require_unit_in
from ..vocabulary import About

_FEWEST_ON_PAGES = 2
_SEVERAL = 5


@pytest.fixture
def group(units: Units, target: Target) -> Iterator[UnitGroup]:
    """A group without units."""
    group = UnitGroup(units, target)
    yield group
    group.delete()


@pytest.fixture
def several(group: UnitGroup) -> UnitGroup:
    """A group of a few units; in a thorough run, of more units than a page has by default, if there is room."""
    default = group.pages.limit_bounds.default if current_generation().profile.name == "thorough" else None
    try:
        group.create_many(max(_SEVERAL, (default or 0) + 1))
    except (NotApplicable, Blocked):  # a target with a quota
        if len(group.units) < _SEVERAL:
            raise
    return group


def _entries(exchange: Exchange) -> list[dict[str, Any]]:
    return exchange.entries("business_units")


def _ids(exchange: Exchange) -> list[Any]:
    return [entry.get("id") for entry in _entries(exchange)]


def _expect_numbers(exchange: Exchange, *, rule: str | None = None, **wanted: int) -> None:
    """Expect numbers such as ``total`` in a list response."""
    expect.succeeded(exchange)
    for violation in wrong_numbers(exchange, rule, **wanted):
        raise violation


def _expect_units(exchange: Exchange, ids: list[str]) -> None:
    expect.succeeded(exchange)
    listed_ids = _ids(exchange)
    if sorted(map(str, listed_ids)) != sorted(ids):
        got = f"{len(listed_ids)}: {listed_ids}"[:400]
        raise Violation(f"the {len(ids)} business units {sorted(ids)}", got, exchange)


def _expect_found(group: UnitGroup, name_ending: str, unit_id: str) -> None:
    """Expect that a search for a name of the group finds a unit. It may also find others."""
    exchange = group.search(group.search_text(name_ending), limit=group.largest_limit)
    expect.succeeded(exchange)
    if unit_id not in _ids(exchange):
        got = f"{len(_entries(exchange))} business units, not this one"
        raise Violation("the business unit with this name", got, exchange)


@pytest.mark.rule("LIST-01")
@pytest.mark.units(3)
def test_the_list_follows_creation_and_deletion(group: UnitGroup, target: Target) -> None:
    _expect_numbers(group.list_all(), total=0)
    ids = group.create_many(3)
    exchange = group.list_all()
    _expect_units(exchange, ids)
    _expect_numbers(exchange, total=3)
    _expect_numbers(group.search(limit=group.pages.limit(2)), total=3)
    gone = group.units[1]
    if not target.call(DELETE_UNIT, path=gone.path).ok:
        raise Blocked("the target does not delete a business unit of the run", exchange)
    exchange = group.list_all()
    _expect_units(exchange, [unit_id for unit_id in ids if unit_id != gone.id])
    _expect_numbers(exchange, total=2)


@pytest.mark.rule("LIST-02")
@pytest.mark.units(5)
def test_a_page_has_at_most_limit_entries(several: UnitGroup) -> None:
    first, second, third = range(FIRST_PAGE, FIRST_PAGE + 3)
    asked = ((first, 1), (first, 2), (second, 2), (third, 2), (first, 5), (first, several.largest_limit))
    permitted = [(page, limit) for page, limit in asked if several.pages.permit(page, limit)]
    if not permitted:
        pytest.skip("the contract in use permits none of these pages")
    for page, limit in permitted:
        exchange = several.search(page=page, limit=limit)
        expect.succeeded(exchange)
        if len(_entries(exchange)) > limit:
            raise Violation(f"at most {limit} business units", str(len(_entries(exchange))), exchange)
        _expect_numbers(exchange, page=page, limit=limit)


@pytest.mark.rule("LIST-03")
@pytest.mark.parametrize("limit", [8, 1, 2])
@pytest.mark.units(5)
def test_the_pages_show_every_unit_once(several: UnitGroup, limit: int) -> None:
    several.units[2].prepare_state(budget=BUDGET, rate_limit=RATE_LIMIT)
    ids = [unit.id for unit in several.units]
    if not several.pages.permit(FIRST_PAGE, limit):
        pytest.skip("the contract in use does not permit the first page with this limit")
    if several.fits_on_a_page:
        control = several.list_all()
        if len(_entries(control)) != len(ids):  # LIST-01 and LIST-04 judge that
            ids = [unit_id for unit_id in ids if unit_id in _ids(control)]
        if len(ids) < _FEWEST_ON_PAGES:
            pytest.skip("the search finds none or one of several business units; LIST-01 judges that")
    beyond = FIRST_PAGE + -(-len(ids) // limit)
    pages = [several.search(page=page, limit=limit) for page in range(FIRST_PAGE, beyond)]
    seen = [unit_id for page in pages for unit_id in _ids(page)]
    if sorted(map(str, seen)) != sorted(ids):
        missing, repeated = len(set(ids) - set(seen)), len(seen) - len(set(seen))
        raise Violation(f"each of {len(ids)} once", f"{missing} missing, {repeated} repeated", pages[-1])
    after = several.search(page=beyond, limit=limit)  # the contract leaves open whether this is an error
    if set(_ids(after)) & set(ids):
        raise still_present("no business unit twice", f"{len(_ids(after))} after the last page", after)
    for page in pages:
        _expect_numbers(page, rule="LIST-01", total=len(ids))


@pytest.mark.rule("LIST-04")
def test_search_finds_part_of_a_name_in_any_case(group: UnitGroup) -> None:
    wanted = group.create("Alpha-Mid-End").id
    group.create("Beta-Other-End")
    part = group.search_text("Alpha-Mi")
    whole = group.units[0].name or ""
    for text in (part, part.lower(), part.upper(), part.swapcase(), whole, whole.lower()):
        _expect_units(group.search(text), [wanted])


@pytest.mark.rule("LIST-04")
def test_a_search_that_matches_nothing(group: UnitGroup) -> None:
    group.create("Alpha")
    _expect_units(group.search(group.search_text("Omega")), [])


@pytest.mark.rule("LIST-04")
@pytest.mark.parametrize(
    "special",
    ["two words", "50% off", "snake_case", "O'Neill", "R&D", "a+b=c", "#1?", "Zürich 東京", "back\\slash"],
    ids=ascii,
)
def test_search_finds_special_characters(group: UnitGroup, special: str) -> None:
    """The contract leaves open whether such a character is a wildcard. The test only expects that the name is found."""
    try:
        wanted = group.create(f"{special}-end").id
    except Blocked:
        pytest.skip(f"the target refuses a name with {special!r}")
    _expect_found(group, special, wanted)


@pytest.mark.rule("LIST-05")
@pytest.mark.units(5)
@pytest.mark.many_requests
def test_page_and_limit_have_defaults(request: pytest.FixtureRequest, run: Run, target: Target) -> None:
    pages = target.contract.pages(LIST_UNITS)
    default_page, default_limit = pages.page_bounds.default, pages.limit_bounds.default
    if default_page is None or default_limit is None:
        pytest.skip("the contract in use has no default page or no default limit")
    group: UnitGroup | None = request.getfixturevalue("several") if Need.OWN_UNITS not in run.missing else None
    exchange = target.call(LIST_UNITS)
    expect.succeeded(exchange)
    count, total = len(_entries(exchange)), exchange.member("total")
    must_be_full = default_page == FIRST_PAGE and isinstance(total, int) and total > default_limit
    if count > default_limit or (must_be_full and count < default_limit):
        raise Violation(f"{'' if must_be_full else 'at most '}{default_limit} business units", str(count), exchange)
    _expect_numbers(exchange, page=default_page, limit=default_limit)
    if group is not None:
        _expect_numbers(group.list_raw(page=pages.page_bounds.nearest(FIRST_PAGE + 1)), limit=default_limit)
        _expect_numbers(group.list_raw(limit=pages.limit(2)), page=default_page)
        _expect_all_listed(group, run)
        _expect_names_taken(group, run)
        _expect_governed(group.units[-1], run)


def _expect_all_listed(group: UnitGroup, run: Run) -> None:
    """Expect that one page shows the whole group."""
    whole = group.list_all() if group.fits_on_a_page else None
    if whole is not None and len(_entries(whole)) != len(group.units):
        got = f"{len(_entries(whole))} with limit={group.largest_limit}"
        run.record_violation(Violation(f"{len(group.units)} business units", got, whole, rule="LIST-02"))


def _expect_governed(unit: Unit, run: Run) -> None:
    """Expect that a unit shows a budget that it is given."""
    exchange = unit.put({"budget": BUDGET})
    fetched = unit.fetch()
    if exchange.ok and component_of(require_unit_in(fetched), "budget") is None:
        run.record_violation(Violation("the budget that was set", "no budget", fetched, rule="UPDATE-02"))


def _expect_names_taken(group: UnitGroup, run: Run) -> None:
    """Expect that the first and the last name of a group are taken."""
    for unit in (group.units[0], group.units[-1]):
        exchange = run.target.call(CREATE_UNIT, {"name": unit.name})
        double = run.units.register(exchange)
        if double is not None:
            run.units.delete(double)
        if exchange.meaning != 409:
            run.record_violation(wrong_status("status 409", exchange, (409,), rule="LIFE-02"))


@pytest.mark.rule("LIST-06")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page", "below"),
        ("page", "negative"),
        ("page", "text"),
        ("limit", "below"),
        ("limit", "above"),
        ("limit", "negative"),
        ("limit", "text"),
    ],
)
def test_a_page_or_limit_out_of_range(target: Target, name: str, value: str) -> None:
    pages = target.contract.pages(LIST_UNITS)
    first = pages.page_bounds.nearest(FIRST_PAGE)
    expect.succeeded(target.call(LIST_UNITS, query={"page": first, "limit": pages.limit(1)}))
    bounds = pages.page_bounds if name == "page" else pages.limit_bounds
    exchange = target.call(LIST_UNITS, query={name: _out_of_range(bounds, value)})
    if exchange.meaning == 400:
        return
    expect.succeeded(exchange)
    for shown, permitted in (("page", pages.page_bounds), ("limit", pages.limit_bounds)):
        number = exchange.member(shown)
        if isinstance(number, int) and number not in (permitted.default, permitted.nearest(number)):
            raise Violation(f"400, or a {shown} {_in_words(permitted)}", f"{shown} {number}", exchange)
    largest = pages.limit_bounds.maximum
    if largest is not None and len(_entries(exchange)) > max(largest, pages.limit_bounds.default or 0):
        raise Violation(f"at most {largest} business units", str(len(_entries(exchange))), exchange)


def _out_of_range(bounds: Bounds, value: str) -> int | str:
    """Return a value outside the bounds; skips the test if there is none of this kind."""
    below = None if bounds.minimum is None else bounds.minimum - 1
    above = None if bounds.maximum is None else bounds.maximum + 1
    kinds: dict[str, int | str | None] = {"below": below, "above": above, "negative": -1, "text": "abc"}
    chosen = kinds[value]
    if chosen is None or (isinstance(chosen, int) and bounds.permit(chosen)):
        pytest.skip("the contract in use has no value of this kind that it forbids")
    return chosen


def _in_words(bounds: Bounds) -> str:
    return f"from {bounds.minimum}" + ("" if bounds.maximum is None else f" to {bounds.maximum}")


@pytest.mark.rule("LIST-07")
def test_the_list_counts_teams(group: UnitGroup, named_team: Team) -> None:
    created = group.create("with-a-team")
    _expect_team_count(group, created, 0)
    named_team.assign_or_block(created)
    _expect_team_count(group, created, 1)
    if named_team.remove(created).ok:
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
    created.prepare_state(budget=BUDGET)
    if created.target.serves(RENAME_UNIT):
        created.target.call(RENAME_UNIT, {"name": f"{group.marker}-Renamed-{ending}"}, path=created.path)
    exchange = group.list_all()
    listed = {entry.get("id"): entry for entry in _entries(exchange)}
    for unit in group.units:
        read, entry = unit.read(), listed.get(unit.id)
        if entry is None:
            raise Violation(f"an entry with id {unit.id!r}", str(list(listed))[:300], exchange)
        expect.entry_agrees(read, entry, fields, exchange)


@pytest.mark.rule("LIST-10")
def test_teams_come_in_pages(group: UnitGroup, named_team: Team) -> None:
    """A unit with one team has it on the first page, and none on the next."""
    created = group.create("with-a-team")
    named_team.assign_or_block(created)
    pages = created.target.contract.pages(LIST_TEAMS)
    first, second, third = range(FIRST_PAGE, FIRST_PAGE + 3)
    for page, limit in ((first, 1), (second, 1), (first, pages.limit(USUAL_LIMIT)), (third, 7)):
        if not pages.permit(page, limit):
            continue
        wanted = [named_team.id] if page == first else []
        listing, team_ids = named_team.list_teams(created, page=page, limit=limit)
        _expect_numbers(listing, page=page, limit=limit, total=1)
        if team_ids != wanted:
            raise Violation(f"the teams {wanted}", str(team_ids), listing)
    if pages.page_bounds.default is not None and pages.limit_bounds.default is not None:
        listing = created.target.call(LIST_TEAMS, path=created.path)
        _expect_numbers(listing, page=pages.page_bounds.default, limit=pages.limit_bounds.default)


@pytest.mark.rule("LIST-10")
def test_teams_are_searched_within_their_unit(group: UnitGroup, named_team: Team) -> None:
    with_team, without = group.create("with-a-team"), group.create("without")
    named_team.assign_or_block(with_team)
    listed = named_team.list_teams(with_team)[0].entries("teams") or [{}]
    name = str(listed[0].get("name", named_team.id))
    for unit, text, wanted in ((with_team, name, 1), (with_team, f"{group.marker}-nothing", 0), (without, name, 0)):
        listing = named_team.list_teams(unit, search=text)[0]
        expect.succeeded(listing)
        teams = listing.entries("teams")
        if len(teams) != wanted:
            raise Violation(f"{wanted} teams", f"{len(teams)}: {teams}"[:300], listing)


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
@pytest.mark.parametrize("character", ["%", "_", "*", ".", "?", "|"])
def test_search_characters_are_literal(group: UnitGroup, character: str) -> None:
    group.create("Alpha")
    group.create("Alphabet")
    control = group.search(group.search_text("Alph"))
    _expect_units(control, [unit.id for unit in group.units])
    _expect_units(group.search(group.search_text(f"Al{character}ha")), [])
    _expect_units(group.search(group.search_text(f"Al{character}")), [])


def _expect_team_count(group: UnitGroup, unit: Unit, count: int) -> None:
    detail = unit.read()
    if detail.get("team_count", count) != count:
        about = About("team_count")
        raise Violation(f"team_count {count} in the unit itself", repr(detail["team_count"]), unit.fetch(), about=about)
    exchange = group.search(limit=group.largest_limit)
    counts = [entry.get("team_count") for entry in _entries(exchange) if entry.get("id") == unit.id]
    if counts != [count]:
        raise Violation(f"one entry of the unit with team_count {count}", f"team_count {counts}", exchange)
