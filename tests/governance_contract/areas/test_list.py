"""LIST: pages of business units, and what a search keeps of them.

Others may create and delete units meanwhile: each rule looks through a search for names that only it gave.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..checks import expect
from ..checks.expect import Violation
from ..checks.run import Run
from ..checks.sample_settings import BUDGET, RATE_LIMIT
from ..contract.rules import Need
from ..target.business_units import Blocked, Unit, Units, component, entity_of
from ..target.exchange import Exchange
from ..target.target import Target

_DEFAULT_LIMIT = 20
_LARGEST_LIMIT = 100


class Shelf:
    """Business units of our own whose names share a beginning that no other name has."""

    def __init__(self, units: Units, target: Target) -> None:
        """Start without units."""
        self._units, self._target = units, target
        self.marker = f"{units.new_name()}-Shelf"
        self.units: list[Unit] = []

    def add(self, ending: str) -> Unit:
        """Create a unit whose name ends so.

        Raises:
            Blocked: the target refuses.
        """
        own = self._units.create(f"{self.marker}-{ending}")
        self.units.append(own)
        return own

    def fill(self, count: int) -> list[str]:
        """Create some units and return their ids."""
        return [self.add(str(number)).id for number in range(count)]

    def search(self, text: str | None = None, **query: int) -> Exchange:
        """List what a search keeps: for a text, or for all the units here."""
        return self._target.call("listBusinessUnits", query={"search": text or self.marker, **query})

    def whole(self) -> Exchange:
        """List all the units here.

        Raises:
            Blocked: the search keeps other units, too, so that nothing can be counted.
        """
        exchange = self.search(limit=_LARGEST_LIMIT)
        expect.succeeded(exchange)
        if any(self.marker not in str(entry.get("name", self.marker)) for entry in _entries(exchange)):
            raise Blocked("the search keeps units whose names do not contain the text", exchange)
        return exchange

    def part(self, text: str) -> str:
        """Return a part of the name with this ending that does not begin the name, and that no other name has."""
        return f"{self.marker}-{text}".partition("-")[2]

    def clear(self) -> None:
        """Delete the units."""
        for own in self.units:
            self._units.forget(own)


@pytest.fixture
def shelf(units: Units, target: Target) -> Iterator[Shelf]:
    """A shelf without units."""
    own = Shelf(units, target)
    yield own
    own.clear()


@pytest.fixture
def full_shelf(run: Run, units: Units, target: Target) -> Shelf:
    """More units than a page has by default, the same for several rules; they are deleted at the end of the run."""

    def fill() -> Shelf:
        full = Shelf(units, target)
        full.fill(_DEFAULT_LIMIT + 1)
        return full

    return run.once("full shelf", fill)


def _entries(exchange: Exchange) -> list[dict[str, Any]]:
    return exchange.entries("business_units")


def _ids(exchange: Exchange) -> list[Any]:
    return [entry.get("id") for entry in _entries(exchange)]


def _says(exchange: Exchange, *, rule: str | None = None, **wanted: int) -> None:
    """Expect numbers in the envelope; that they are there at all is for the schema to say."""
    expect.succeeded(exchange)
    for name, value in wanted.items():
        got = exchange.member(name)
        if got is not None and got != value:
            raise Violation(f"{name} = {value}", repr(got), exchange, rule=rule)


def _shows(exchange: Exchange, ids: list[str]) -> None:
    expect.succeeded(exchange)
    found = _ids(exchange)
    if sorted(map(str, found)) != sorted(ids):
        raise Violation(f"the {len(ids)} business units {sorted(ids)}", f"{len(found)}: {found}"[:400], exchange)


@pytest.mark.rule("LIST-01")
def test_the_list_follows_creation_and_deletion(shelf: Shelf, target: Target) -> None:
    _says(shelf.whole(), total=0)
    ids = shelf.fill(3)
    exchange = shelf.whole()
    _shows(exchange, ids)
    _says(exchange, total=3)
    _says(shelf.search(limit=2), total=3)
    gone = shelf.units[1]
    if not target.call("deleteBusinessUnit", path=gone.path).ok:
        raise Blocked("an own business unit cannot be deleted", exchange)
    exchange = shelf.whole()
    _shows(exchange, [one for one in ids if one != gone.id])
    _says(exchange, total=2)


@pytest.mark.rule("LIST-02")
def test_a_page_keeps_to_its_limit(full_shelf: Shelf) -> None:
    for page, limit in ((1, 1), (1, 2), (2, 2), (3, 2), (1, 5), (1, _LARGEST_LIMIT)):
        exchange = full_shelf.search(page=page, limit=limit)
        expect.succeeded(exchange)
        if len(_entries(exchange)) > limit:
            raise Violation(f"at most {limit} business units", str(len(_entries(exchange))), exchange)
        _says(exchange, page=page, limit=limit)


@pytest.mark.rule("LIST-03")
@pytest.mark.parametrize("limit", [8, 1, 2])
def test_walking_the_pages_shows_every_unit_once(full_shelf: Shelf, limit: int) -> None:
    full_shelf.units[2].establish(budget=BUDGET, rate_limit=RATE_LIMIT)
    ids = [own.id for own in full_shelf.units]
    control = full_shelf.whole()
    if len(_entries(control)) != len(ids):
        raise Blocked("the business units are not listed", control)
    last = -(-len(ids) // limit)
    pages = [full_shelf.search(page=page, limit=limit) for page in range(1, last + 1)]
    seen = [one for page in pages for one in _ids(page)]
    if sorted(map(str, seen)) != sorted(ids):
        missing, repeated = len(set(ids) - set(seen)), len(seen) - len(set(seen))
        raise Violation(f"each of {len(ids)} once", f"{missing} missing, {repeated} repeated", pages[-1])
    after = full_shelf.search(page=last + 1, limit=limit)  # how it is answered besides is left open
    if set(_ids(after)) & set(ids):
        raise Violation("no business unit a second time", f"{len(_ids(after))} after the last page", after)
    for page in pages:
        _says(page, rule="LIST-01", total=len(ids))


@pytest.mark.rule("LIST-04")
def test_search_finds_part_of_a_name_in_any_case(shelf: Shelf) -> None:
    wanted = shelf.add("Alpha-Middle-End").id
    shelf.add("Beta-Other-End")
    part = shelf.part("Alpha-Mid")
    whole = f"{shelf.marker}-Alpha-Middle-End"
    for text in (part, part.lower(), part.upper(), part.swapcase(), whole, whole.lower()):
        _shows(shelf.search(text), [wanted])


@pytest.mark.rule("LIST-04")
def test_a_search_that_matches_nothing(shelf: Shelf) -> None:
    shelf.add("Alpha")
    _shows(shelf.search(shelf.part("Omega")), [])


@pytest.mark.rule("LIST-04")
@pytest.mark.parametrize(
    "special", ["two words", "50% off", "snake_case", "O'Neill", "R&D", "a+b=c", "#1?", "Zürich 東京"], ids=ascii
)
def test_search_finds_special_characters(shelf: Shelf, special: str) -> None:
    """Whether such a character also stands for others is on no page: that the name is found is all there is."""
    try:
        wanted = shelf.add(f"{special}-end").id
    except Blocked:
        pytest.skip(f"the target takes no name with {special!r}")
    exchange = shelf.search(shelf.part(special), limit=_LARGEST_LIMIT)
    expect.succeeded(exchange)
    if wanted not in _ids(exchange):
        raise Violation("the business unit with this name", f"{len(_entries(exchange))} others", exchange)


@pytest.mark.rule("LIST-05")
def test_the_first_page_of_twenty_is_the_default(request: pytest.FixtureRequest, run: Run, target: Target) -> None:
    full = Need.OWN_UNITS in run.capabilities
    if full:
        shelf: Shelf = request.getfixturevalue("full_shelf")
    exchange = target.call("listBusinessUnits")
    expect.succeeded(exchange)
    count = len(_entries(exchange))
    if count > _DEFAULT_LIMIT or (full and count < _DEFAULT_LIMIT):
        raise Violation(f"{'' if full else 'at most '}{_DEFAULT_LIMIT} business units", str(count), exchange)
    _says(exchange, page=1, limit=_DEFAULT_LIMIT)
    if full:
        _says(shelf.search(page=2), limit=_DEFAULT_LIMIT)
        _says(shelf.search(limit=2), page=1)
        whole = shelf.whole()
        if len(_entries(whole)) != len(shelf.units):
            found = f"{len(_entries(whole))} with limit={_LARGEST_LIMIT}"
            run.observe_violation(Violation(f"{len(shelf.units)} business units", found, whole, rule="LIST-02"))
        _are_taken(shelf, run)
        _is_governed(shelf.units[-1], run)


def _is_governed(unit: Unit, run: Run) -> None:
    """Expect that governance is shown, however many units there are."""
    exchange = unit.put({"budget": BUDGET})
    look = unit.look()
    if exchange.ok and component(entity_of(look), "budget") is None:
        run.observe_violation(Violation("the budget that was set", "no budget", look, rule="UPDATE-02"))


def _are_taken(shelf: Shelf, run: Run) -> None:
    """Expect that no name here can be given again, however many units there are."""
    for own in (shelf.units[0], shelf.units[-1]):
        exchange = run.target.call("createBusinessUnit", {"name": own.name})
        double = run.units.adopt(exchange)
        if double is not None:
            run.units.forget(double)
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
def test_a_page_out_of_bounds(target: Target, query: dict[str, str]) -> None:
    expect.succeeded(target.call("listBusinessUnits", query={"page": 1, "limit": 1}))
    exchange = target.call("listBusinessUnits", query=query)
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


def _assign(unit: Unit, team: str) -> None:
    """Bring a team into a unit; raises Blocked where the target refuses."""
    exchange = unit.target.call("assignTeamToBusinessUnit", {"team_id": team}, path=unit.path)
    if not exchange.ok:
        raise Blocked(f"the team {team!r} cannot be assigned ({exchange.outcome})", exchange)


@pytest.mark.rule("LIST-07")
def test_the_list_counts_teams(shelf: Shelf, target: Target, run: Run) -> None:
    own = shelf.add("with-a-team")
    team = run.team
    removal = {**own.path, "team_id": team}
    _counts_teams(shelf, own, 0)
    try:
        _assign(own, team)
        _counts_teams(shelf, own, 1)
    finally:
        removed = target.call("removeTeamFromBusinessUnit", path=removal)
    if removed.ok:
        _counts_teams(shelf, own, 0)


@pytest.mark.rule("LIST-08")
@pytest.mark.parametrize("ending", ["Plain", "Zürich 東京"], ids=ascii)
def test_an_entry_is_the_unit(shelf: Shelf, ending: str) -> None:
    _entry_shows(shelf, ending, ("id", "name"))


@pytest.mark.rule("LIST-09")
def test_an_entry_has_the_date_of_its_unit(shelf: Shelf) -> None:
    _entry_shows(shelf, "Plain", ("created_at",))


def _entry_shows(shelf: Shelf, ending: str, fields: tuple[str, ...]) -> None:
    """Expect that each unit on the shelf is listed with what a read of it shows, also after a change."""
    shelf.add("Neighbour")
    own = shelf.add(ending)
    own.establish(budget=BUDGET)
    if own.target.serves("updateBusinessUnit"):
        own.target.call("updateBusinessUnit", {"name": f"{shelf.marker}-Renamed-{ending}"}, path=own.path)
    exchange = shelf.whole()
    listed = {entry.get("id"): entry for entry in _entries(exchange)}
    for own in shelf.units:
        read, entry = own.read(), listed.get(own.id)
        if entry is None:
            raise Violation(f"an entry with id {own.id!r}", str(list(listed))[:300], exchange)
        for field in fields:
            expect.same({field: read.get(field)}, {field: entry.get(field)}, f"the {field} in the list", exchange)


@pytest.mark.rule("LIST-10")
def test_teams_come_in_pages(shelf: Shelf, target: Target, run: Run) -> None:
    """With the one team that there is: the first page has it, the next does not."""
    own = shelf.add("with-a-team")
    team = run.team
    try:
        _assign(own, team)
        for page, limit, wanted in ((1, 1, [team]), (2, 1, []), (1, _LARGEST_LIMIT, [team]), (3, 7, [])):
            listing = target.call("listBusinessUnitTeams", path=own.path, query={"page": page, "limit": limit})
            _says(listing, page=page, limit=limit, total=1)
            found = [entry.get("id") for entry in listing.entries("teams")]
            if found != wanted:
                raise Violation(f"the teams {wanted}", str(found), listing)
        _says(target.call("listBusinessUnitTeams", path=own.path), page=1, limit=_DEFAULT_LIMIT)
    finally:
        target.call("removeTeamFromBusinessUnit", path={**own.path, "team_id": team})


@pytest.mark.rule("LIST-10")
def test_teams_are_searched_within_their_unit(shelf: Shelf, target: Target, run: Run) -> None:
    own, other = shelf.add("with-a-team"), shelf.add("without")
    team = run.team
    try:
        _assign(own, team)
        listed = target.call("listBusinessUnitTeams", path=own.path).entries("teams") or [{}]
        name = str(listed[0].get("name", team))
        for unit, text, wanted in ((own, name, 1), (own, f"{shelf.marker}-nothing", 0), (other, name, 0)):
            listing = target.call("listBusinessUnitTeams", path=unit.path, query={"search": text})
            expect.succeeded(listing)
            found = listing.entries("teams")
            if len(found) != wanted:
                raise Violation(f"{wanted} teams", f"{len(found)}: {found}"[:300], listing)
    finally:
        target.call("removeTeamFromBusinessUnit", path={**own.path, "team_id": team})


@pytest.mark.rule("LIST-11")
@pytest.mark.parametrize("word", ["Zürich Ärzte", "Łódź", "Москва"], ids=ascii)
def test_search_knows_case_beyond_ascii(shelf: Shelf, word: str) -> None:
    try:
        wanted = shelf.add(f"{word}-end").id
    except Blocked:
        pytest.skip(f"the target takes no name with {word!r}")
    for text in (word, word.lower(), word.upper()):
        exchange = shelf.search(shelf.part(text), limit=_LARGEST_LIMIT)
        expect.succeeded(exchange)
        if wanted not in _ids(exchange):
            raise Violation("the business unit with this name", f"{len(_entries(exchange))} others", exchange)


@pytest.mark.rule("LIST-12")
@pytest.mark.parametrize("sign", ["%", "_", "*", ".", "?"])
def test_a_search_is_no_pattern(shelf: Shelf, sign: str) -> None:
    shelf.add("Alpha")
    shelf.add("Alphabet")
    control = shelf.search(shelf.part("Alph"))
    _shows(control, [unit.id for unit in shelf.units])
    _shows(shelf.search(shelf.part(f"Al{sign}ha")), [])
    _shows(shelf.search(shelf.part(f"Al{sign}")), [])


def _counts_teams(shelf: Shelf, unit: Unit, count: int) -> None:
    detail = unit.read()
    if detail.get("team_count", count) != count:
        raise Violation(f"team_count {count} in the unit itself", repr(detail["team_count"]), unit.look())
    exchange = shelf.search(limit=_LARGEST_LIMIT)
    found = [entry.get("team_count") for entry in _entries(exchange) if entry.get("id") == unit.id]
    if found != [count]:
        raise Violation(f"one entry of the unit with team_count {count}", f"team_count {found}", exchange)
