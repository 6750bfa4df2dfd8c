"""LIST as properties: any names, any search, page and limit, before and after changes of the units.

Each search contains a marker of its group of units, so that units of other clients do not matter.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import strategies as st

from ..checks.expect import entry_agrees, succeeded
from ..checks.generation import current_generation
from ..checks.inputs.sample_settings import BUDGET, RATE_LIMIT
from ..checks.inputs.texts import (
    cased_letters,
    decomposed_letters,
    in_other_case,
    is_plain,
    longest_name,
    pattern_punctuation,
    plain_punctuation,
    texts,
    three_words,
)
from ..checks.list_model import (
    OTHER_CASE,
    WHOLE_NAME,
    ListModel,
    NameSearch,
    out_of_range,
    permitted_limits,
    permitted_pages,
    reordered,
    searches,
    size_of_page,
    wrong_numbers,
    wrong_page_or_limit,
    wrong_total,
)
from ..checks.properties import for_all, judge_all
from ..checks.run_protocol import Run
from ..checks.steps import StepJudge
from ..checks.teams import Team
from ..checks.update_effects import violation_of
from ..checks.violation import Violation, raise_first, wrong_status, wrong_value
from ..contract.operation_ids import CREATE_UNIT, DELETE_UNIT, LIST_TEAMS, LIST_UNITS, RENAME_UNIT
from ..contract.pages import FIRST_PAGE
from ..target.errors import skip_if_forbidden
from ..target.exchange import Exchange, unit_in
from ..target.run_units import search_units
from ..target.target import Target
from ..target.unit import Unit
from ..vocabulary import About

_DIVIDE_BY = 5
"""Divides the number of examples, because each example creates units and sends many requests."""
_STEPS, _STEPS_OF_A_QUICK_RUN = 18, 2
_MOST_SHRINKS = 15
_MOST_UNITS = 5
"""Units that exist at the same time; a target may have a quota."""
_DIVIDE_ASSIGNMENTS_BY = 4
"""Divides the number of examples of sequences of assignments, for the same reason."""
_ATTEMPTS = 2
_LENGTH_OF_MARKERS = 100
_END = 5
"""Where the part of a marker begins that ends each name."""
_PLAIN = "Plain"
"""The text of a name for a target whose responses to unusual names cannot be read."""


def _end(marker: str) -> str:
    """Return the end of each name of a group, which no name of another group contains."""
    return marker[_END:]


class ListStepKind(StrEnum):
    """What a step does, in the words of a violation."""

    SEARCH = "search"
    PAGE = "page"
    ALL_PAGES = "all pages"
    READS = "read each unit"
    COUNT = "count all units"
    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    DELETE_LISTED = "delete the last unit of the first page before the next page"
    UPDATE = "update"
    TAKEN = "create with a taken name"
    REPLACE = "delete one and create another"
    REORDER = "search for the words and letters of a name in another order"


@dataclass(frozen=True)
class ListStep:
    """One step on a group of units: a request, its numbers and its text."""

    kind: ListStepKind
    unit: int = 0
    """The unit, counted modulo the number of units."""
    search: NameSearch | None = None
    page: int = 1
    limit: int = 1
    text: str = ""

    def __str__(self) -> str:
        return self.kind


def _steps(target: Target) -> st.SearchStrategy[ListStep]:
    """Return the steps: two thirds are lists, the others change the units between them."""
    contract, units = target.contract, st.integers(0, 7)
    search = st.builds(ListStep, st.just(ListStepKind.SEARCH), units, searches(contract))
    page = st.builds(
        ListStep, st.just(ListStepKind.PAGE), page=permitted_pages(contract), limit=permitted_limits(contract)
    )
    whole = st.builds(ListStep, st.just(ListStepKind.ALL_PAGES), limit=st.integers(1, 4))
    deletes, renames = (
        [ListStepKind.DELETE, ListStepKind.DELETE_LISTED] * target.serves(DELETE_UNIT),
        [ListStepKind.RENAME] * target.serves(RENAME_UNIT),
    )
    changes = st.sampled_from([*deletes, *renames, ListStepKind.CREATE, ListStepKind.UPDATE, ListStepKind.TAKEN])
    change = st.builds(ListStep, changes, units, text=_texts(target))
    return st.one_of(search, search, search, search, page, page, whole, change, change)


def _texts(target: Target) -> st.SearchStrategy[str]:
    return texts(longest_name(target.contract) - _LENGTH_OF_MARKERS)


class ListJudge(StepJudge[ListStep]):
    """Units of the run whose names share a marker, and the model of their list."""

    def __init__(self, run: Run) -> None:
        """Start without units."""
        super().__init__()
        self._run, self._target = run, run.target
        self._marker = run.units.joined(run.units.new_name(), "L")
        self._model = ListModel()
        self._units: list[Unit] = []
        self._numbers = itertools.count(1)
        self._pages = run.target.contract.pages(LIST_UNITS)
        self._limit = self._pages.limit_bounds
        self._last_search = self._marker
        self._last_limit = self._limit.least
        self._is_known = True
        """Whether the id of each created unit is known. Without one, the model does not say what a list has."""

    def create(self, text: str) -> Exchange:
        """Create a unit with a text in its name. The target may refuse the name; LIFE rules judge that."""
        if len(self._units) >= _MOST_UNITS:
            self._delete(self._units[0])
        name = self._new_name(text)
        exchange = self._run.units.send_creation(name)
        unit = self._run.units.register(exchange)
        if unit is not None:
            self._units.append(unit)
            self._model.names[unit.id] = self._read_name(unit, unit.name or name)
        self._is_known = self._is_known and (unit is not None or not exchange.ok)
        return exchange

    @property
    def has_known_units(self) -> bool:
        """Whether the target has created a unit, and the id of each is known."""
        return bool(self._units) and self._is_known

    def example_steps(self, steps: Iterable[ListStep], words: str) -> list[ListStep]:
        """Return a search for each name, the steps, and those that end an example.

        ``words`` are the name of one more unit, which is searched for in other orders.
        """
        whole_names = [ListStep(ListStepKind.SEARCH, number, WHOLE_NAME) for number in range(len(self._units))]
        other_case = ListStep(ListStepKind.SEARCH, search=OTHER_CASE)
        kind = ListStepKind
        last = [kind.UPDATE, kind.READS, kind.DELETE, kind.TAKEN, kind.COUNT, kind.DELETE_LISTED]
        return [*whole_names, other_case, *steps, ListStep(ListStepKind.REORDER, text=words), *map(ListStep, last)]

    def delete(self) -> None:
        """Delete the units."""
        for unit in self._units:
            self._run.units.delete(unit)

    def take(self, step: ListStep) -> Iterator[Violation]:
        """List units, or change one and list them."""
        if not self._is_known:
            return
        match step.kind:
            case ListStepKind.SEARCH if step.search and self._units:
                self._last_search = self._text(step.search, self._model.names[self._unit(step).id])
                yield from self._find(self._last_search)
            case ListStepKind.PAGE:
                yield from self._one_page(step.page, step.limit)
            case ListStepKind.ALL_PAGES:
                yield from self._all_pages(step.limit)
            case ListStepKind.READS:
                yield from self._entries_equal_reads()
            case ListStepKind.COUNT:
                yield from self._count_all()
            case ListStepKind.REORDER:
                yield from self._find_reordered(step.text)
            case _:
                self._change(step)
                if not self._is_known:
                    return
                if step.kind is ListStepKind.DELETE_LISTED:  # the next page, with no other list in between
                    yield from self._next_page(self._last_limit)
                yield from self._find(self._last_search)
                yield from self._find(self._marker, rule="LIST-01")
                # A page after the first one that was listed before the change.
                yield from self._next_page(self._last_limit)

    # -- changes ------------------------------------------------------------------------------------------------

    def _new_name(self, text: str) -> str:
        return self._marker + text + self._run.units.joined("", str(next(self._numbers)), _end(self._marker))

    def _read_name(self, unit: Unit, responded: str) -> str:
        """Return the name that a read shows, which can differ from that of the response; LIFE rules judge that."""
        return str((unit_in(unit.fetch()) or {}).get("name") or responded)

    def _unit(self, step: ListStep) -> Unit:
        return self._units[step.unit % len(self._units)]

    def _change(self, step: ListStep) -> None:
        """Change a unit. Other rules judge whether the target does what it is asked to."""
        if step.kind is ListStepKind.CREATE or not self._units:
            self.create(step.text)
            return
        unit = self._unit(step)
        match step.kind:
            case ListStepKind.RENAME:
                name = self._new_name(step.text)
                exchange = self._target.call(RENAME_UNIT, {"name": name}, path=unit.path)
                if exchange.ok:
                    self._model.names[unit.id] = self._read_name(unit, exchange.member("name") or name)
            case ListStepKind.DELETE_LISTED:
                self._last_limit = max(self._limit.least, min(len(self._units), self._limit.most))
                listed = _ids(self._list(search=self._marker, page=FIRST_PAGE, limit=self._last_limit))
                self._delete(next((unit for unit in self._units if unit.id in listed[-1:]), unit))
            case ListStepKind.DELETE | ListStepKind.REPLACE:
                self._delete(unit)
                if step.kind is ListStepKind.REPLACE:
                    self.create(step.text)
            case ListStepKind.UPDATE:
                unit.put({"budget": BUDGET, "rate_limit": RATE_LIMIT})
            case _:
                double = self._run.units.register(self._target.call(CREATE_UNIT, {"name": self._model.names[unit.id]}))
                if double is not None:
                    self._run.units.delete(double)

    def _delete(self, unit: Unit) -> None:
        if self._target.call(DELETE_UNIT, path=unit.path).ok:
            self._units.remove(unit)
            self._model.delete(unit.id)

    # -- lists --------------------------------------------------------------------------------------------------

    def _list(self, **query: Any) -> Exchange:
        return self._target.call(LIST_UNITS, query=query)

    def _first_page(self, **query: Any) -> Exchange:
        """Ask for the first page with the largest limit."""
        return self._list(**{**self._pages.first(), **query, "limit": self._limit.most})

    def _text(self, search: NameSearch, name: str) -> str:
        return search.text(name, len(self._marker), len(name) - len(_end(self._marker)))

    def _find(self, text: str, *, rule: str = "LIST-04") -> Iterator[Violation]:
        if len(self._units) > self._limit.most:
            return
        exchange = self._first_page(search=text)
        yield from self._model.judge(text, exchange, rule=rule)
        yield from wrong_page_or_limit(exchange, FIRST_PAGE, self._limit.most)

    def _find_reordered(self, words: str) -> Iterator[Violation]:
        """Create a unit, and search for texts of the words and letters of its name that the name does not contain."""
        known = len(self._units)
        self.create(words)
        for unit in self._units[known:]:
            for text in reordered(self._model.names[unit.id]):
                yield from self._find(text)

    def _one_page(self, page: int, limit: int) -> Iterator[Violation]:
        exchange = self._list(search=self._marker, page=page, limit=limit)
        wanted = size_of_page(len(self._units), page, limit)
        if not exchange.ok:
            if wanted:  # the contract leaves open whether a page beyond the last is an error
                yield wrong_status("success (200)", exchange, (200,), rule="LIST-03")
            return
        ids = _ids(exchange)
        if set(ids) - set(self._model.names):
            yield Violation("only units of the search", f"the ids {ids}"[:300], exchange, rule="LIST-04")
            return
        if len(ids) != wanted:
            rule = "LIST-02" if len(ids) > limit else "LIST-03"
            yield Violation(f"{wanted} units on page {page}", str(len(ids)), exchange, rule=rule)
        yield from wrong_total(exchange, len(self._units))
        yield from wrong_page_or_limit(exchange, page, limit)

    def _next_page(self, limit: int) -> Iterator[Violation]:
        if self._pages.permit(FIRST_PAGE + 1, limit):
            yield from self._one_page(FIRST_PAGE + 1, limit)

    def _all_pages(self, limit: int) -> Iterator[Violation]:
        limit = max(self._limit.least, min(limit, self._limit.most))
        self._last_limit = limit
        pages = range(FIRST_PAGE, FIRST_PAGE + -(-len(self._units) // limit))
        if not all(self._pages.permit(page, limit) for page in pages):
            return
        shown = [self._list(search=self._marker, page=page, limit=limit) for page in pages]
        seen = [unit_id for exchange in shown for unit_id in _ids(exchange)]
        if sorted(seen) != sorted(self._model.names):
            missing, repeated = len(set(self._model.names) - set(seen)), len(seen) - len(set(seen))
            got = f"{missing} missing, {repeated} repeated, with a limit of {limit}"
            yield Violation(f"each of {len(self._units)} units once", got, shown[-1], rule="LIST-03")

    def _entries_equal_reads(self) -> Iterator[Violation]:
        exchange = self._first_page(search=self._marker)
        listed = {entry.get("id"): entry for entry in exchange.entries("business_units")}
        for unit in self._units:
            read, entry = unit_in(unit.fetch()), listed.get(unit.id)
            if read and entry:  # LIST-01 and LIFE-01 judge what is missing
                for rule, fields in (("LIST-08", ("id", "name")), ("LIST-09", ("created_at",))):
                    yield from violation_of(rule, entry_agrees, read, entry, fields, exchange)

    def _count_all(self) -> Iterator[Violation]:
        """Expect that ``total`` without a search is the number of entries, if all of them are on one page.

        A target may count at one moment and read at another, so the request is repeated.
        """
        for _ in range(_ATTEMPTS):
            exchange = self._first_page()
            count = len(_ids(exchange))
            if not exchange.ok or count >= self._limit.most or exchange.member("total") in (count, None):
                return
        yield from wrong_total(exchange, count)


def _ids(exchange: Exchange) -> list[str]:
    return [str(entry.get("id")) for entry in exchange.entries("business_units")]


@pytest.mark.rule("LIST-01", "LIST-02", "LIST-03", "LIST-04", "LIST-08", "LIST-09", "LIST-11", "LIST-12")
@pytest.mark.property
@pytest.mark.units(5)
def test_lists_show_what_a_plain_model_says(run: Run) -> None:
    every_case = current_generation().profile.every_case

    def check(values: tuple[tuple[str, str, str], list[ListStep], str]) -> Generator[Violation]:
        (text, plain, last), steps, words = values
        judge = ListJudge(run)
        for name in (text, in_other_case(text), last, *((plain, plain.swapcase()) if every_case else ())):
            judge.create(name)
        if not judge.has_known_units:
            judge.delete()
            judge = ListJudge(run)
            exchange = judge.create(_PLAIN)
            if not judge.has_known_units:
                run.units.give_up(exchange)
        return judge.judge(judge.example_steps(steps, words))

    last = st.builds(str.__add__, pattern_punctuation(), decomposed_letters())
    cased = st.builds(str.__add__, _texts(run.target), cased_letters())
    names = st.tuples(cased, plain_punctuation(), last)
    count = _STEPS if every_case else _STEPS_OF_A_QUICK_RUN
    values = st.tuples(names, st.lists(_steps(run.target), min_size=count, max_size=count), three_words())
    judge_all(run, values, check, divide_by=_DIVIDE_BY, max_shrinks=_MOST_SHRINKS)


@pytest.mark.rule("LIST-05", "LIST-06")
@pytest.mark.property
def test_any_page_or_limit_out_of_range(target: Target) -> None:
    contract = target.contract
    page, limit = contract.pages(LIST_UNITS).page_bounds, contract.pages(LIST_UNITS).limit_bounds
    defaults = {name: of.default for name, of in (("page", page), ("limit", limit)) if of.default is not None}
    succeeded(target.call(LIST_UNITS, query={"page": page.least, "limit": limit.least}))

    def check(query: dict[str, str]) -> None:
        exchange = target.call(LIST_UNITS, query=query)
        if exchange.meaning == 400:
            plain = target.call(LIST_UNITS)
            raise_first(wrong_numbers(plain, "LIST-05", **defaults))
            return
        skip_if_forbidden(exchange)
        if not exchange.ok:
            raise wrong_status("400, or success with values in range", exchange, (400,), rule="LIST-06")
        for name, of in (("page", page), ("limit", limit)):
            got = exchange.member(name)
            if isinstance(got, int) and not of.least <= got <= of.most:
                wanted = f"400, or {name} from {of.least} to {of.most}"
                raise Violation(wanted, f"{name} {got}", exchange, rule="LIST-06")
        if len(_ids(exchange)) > (exchange.member("limit") or limit.most):
            raise Violation("at most limit entries", str(len(_ids(exchange))), exchange, rule="LIST-06")

    values = st.one_of(
        st.builds(lambda text: {"page": text}, out_of_range(page)),
        st.builds(lambda text: {"limit": text}, out_of_range(limit)),
    )
    for_all(values, check)


# -- teams ------------------------------------------------------------------------------------------------------------


@pytest.mark.rule("LIST-07")
@pytest.mark.property
def test_team_count_follows_any_assignments(run: Run, unit: Unit, another_unit: Unit) -> None:
    team, units = Team(run), [unit, another_unit]

    def check(moves: list[tuple[bool, int]]) -> None:
        counts = [0, 0]
        try:
            for assigns, of in moves:
                exchange = (team.assign if assigns else team.remove)(units[of])
                if exchange.ok:
                    counts[of] = int(assigns)
                for unit, count in zip(units, counts, strict=True):
                    _expect_team_count_in_search(run, unit, count)
        finally:
            team.release()

    values = st.lists(st.tuples(st.booleans(), st.integers(0, 1)), min_size=2, max_size=5)
    for_all(values, check, divide_by=_DIVIDE_ASSIGNMENTS_BY)


def _expect_team_count_in_search(run: Run, unit: Unit, count: int) -> None:
    """Expect a number of teams in the unit itself and in its entry of the list."""
    fetched = unit.fetch()
    listing = search_units(run.target, unit.name or run.units.prefix)
    entries = [entry for entry in listing.entries("business_units") if entry.get("id") == unit.id]
    for exchange, shown in ((fetched, unit_in(fetched)), (listing, entries[0] if entries else None)):
        if shown is not None and shown.get("team_count", count) != count:
            raise wrong_value("team_count", count, shown["team_count"], exchange)


@pytest.mark.rule("LIST-10")
@pytest.mark.property
def test_any_page_and_search_of_teams(run: Run, unit: Unit, named_team: Team) -> None:
    team, contract = named_team, run.target.contract
    team.ensure_assigned(unit)
    listed = team.list_teams(unit)[0].entries("teams")
    model = ListModel()
    model.names = {team.id: str(listed[0].get("name", team.id))}

    def check(values: tuple[NameSearch, int, int]) -> None:
        search, page, limit = values
        text = search.text(model.names[team.id], 0, len(model.names[team.id]))
        listing, ids = team.list_teams(unit, search=text, page=page, limit=limit)
        may, must = model.may_find(text) or not is_plain(text), bool(model.must_find(text))
        if not listing.ok and not (page == FIRST_PAGE and must):
            return
        succeeded(listing)
        wanted = [int(must)] if may == must else [0, 1]
        on_page = [size_of_page(count, page, limit) for count in wanted]
        if len(ids) not in on_page or listing.member("total") not in (*wanted, None):
            expected, got = f"total {wanted[0]}, {on_page[0]} on the page", f"{listing.member('total')}, {ids}"
            raise Violation(expected, got, listing, about=About("total"))

    pages, limits = permitted_pages(contract, LIST_TEAMS), permitted_limits(contract, LIST_TEAMS)
    for_all(st.tuples(searches(contract), pages, limits), check)
