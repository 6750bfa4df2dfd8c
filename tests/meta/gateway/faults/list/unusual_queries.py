"""Servers that answer wrongly to unusual pages, limits and searches, or list unusual names wrongly."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Unit
from ...operations import Operations
from ...views import Views


@fault("far-page-stated-in-32-bits", "must", Views.page, proves=("LIST-02",))
def far_page_stated_in_32_bits(
    self: Views, kind: str, entries: Sequence[Json], total: int, page: int, limit: int
) -> Json:
    """The response states the last 31 bits of the page."""
    return Views.page(self, kind, entries, total, page & 0x7FFFFFFF, limit)


@fault("long-page-breaks", "must", Operations.bounded, proves=("LIST-06",))
def long_page_breaks(self: Operations, text: str, least: int, most: int, default: int) -> int:
    """The list answers 500 to a number of more than 19 digits."""
    assert not (text.isdigit() and len(text) > 19)
    return Operations.bounded(self, text, least, most, default)


@fault("repeated-assignment-counts-twice", "must", proves=("LIST-07",))
class RepeatedAssignmentCountsTwice(Operations):
    """team_count counts the assignments of a team, also if it was assigned before."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.repeated: dict[str, int] = {}

    def assign_team(self, request: Request) -> Response:
        team = self.store.find_team(str(self.document(request).get("team_id")))
        repeats = team is not None and team.unit_id == request.unit_id
        response = super().assign_team(request)
        self.repeated[request.unit_id] = self.repeated.get(request.unit_id, 0) + repeats
        return response

    def team_count(self, unit: Unit) -> int:
        count = super().team_count(unit)
        return count + self.repeated.get(unit.id, 0) if count else 0


@fault("listed-names-composed", "must", Views.item, proves=("LIST-08",))
def listed_names_composed(self: Views, unit: Unit, team_count: int) -> Json:
    """The list shows names in Unicode form NFC."""
    return {**Views.item(self, unit, team_count), "name": unicodedata.normalize("NFC", unit.name)}


@fault("listed-date-is-of-rate-limit", "should", Views.item, proves=("LIST-09",))
def listed_date_is_of_rate_limit(self: Views, unit: Unit, team_count: int) -> Json:
    """created_at in the list is that of the rate limit, if the unit has one."""
    view = Views.item(self, unit, team_count)
    return view if unit.rate_limit is None else {**view, "created_at": self.instant(unit.rate_limit.created_at)}


@fault("far-page-of-teams-is-the-first", "must", Operations.list_teams, proves=("LIST-10",))
def far_page_of_teams_is_the_first(self: Operations, request: Request) -> Response:
    """The team list shows the first page for a page that 32 bits cannot hold."""
    page, limit, _ = self.paging(request)
    if page >= 2**31:
        request.query = f"page=1&limit={limit}"
    return Operations.list_teams(self, request)


@fault("search-folds-latin-and-cyrillic-only", "should", Operations.matches)
def search_folds_latin_and_cyrillic_only(self: Operations, name: str, search: str) -> bool:
    """The search respects the case of Greek and Armenian letters."""

    def fold(text: str) -> str:
        return "".join(c if "\u0370" <= c <= "\u03ff" or "\u0531" <= c <= "\u0587" else c.casefold() for c in text)

    return fold(search) in fold(name)


@fault("search-has-alternatives", "should", Operations.matches, proves=("LIST-12",))
def search_has_alternatives(self: Operations, name: str, search: str) -> bool:
    """The search for two texts with a vertical bar between them finds the names that contain one of them."""
    return Operations.matches(self, name, search) or any(
        Operations.matches(self, name, part) for part in search.split("|") if part
    )


@fault("rare-search-plus-decoded-twice", "must", origin="blind-4")
class SearchPlusDecodedTwice(Operations):
    """The server decodes the search text twice, so an encoded plus sign becomes a blank."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        return page, limit, search.replace("+", " ")


@fault("rare-search-ends-at-semicolon", "must", origin="blind-4")
class SearchEndsAtSemicolon(Operations):
    """The server ignores an encoded semicolon in the search text and everything after it."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        return page, limit, search.partition(";")[0]


@fault("rare-search-composed", "must", origin="blind-4")
class SearchComposed(Operations):
    """The server composes letters and combining marks of the search text but not those of the names."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, unicodedata.normalize("NFC", search))


@fault("rare-page-offset-of-32-bits", "must", origin="blind-4")
class PageOffsetOf32Bits(Operations):
    """The server computes offsets in 32 bits, so a page far beyond the last one can show the first entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        offset = ((page - 1) * limit + 2**31) % 2**32 - 2**31
        start = max(offset, 0)
        return entries[start : start + limit]


@fault("late-search-ends-at-encoded-ampersand", "must", origin="blind-6")
class SearchEndsAtEncodedAmpersand(Operations):
    """The server decodes ampersands before it splits the query, so an encoded one ends the search text."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        return super().paging(replace(request, query=request.query.replace("%26", "&")))
