"""Servers that search or list wrongly for rare texts, or after rare changes."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Team, Unit
from ...operations import Operations
from ..life.earlier_names import AfterRename


@fault("hidden-search-finds-words-in-any-order", "must", Operations.matches, origin="blind-8")
def search_finds_words_in_any_order(self: Operations, name: str, search: str) -> bool:
    """A search for several words finds the names that contain all of them, in any order and at any distance."""
    words = search.split()
    if len(words) > 1:
        return all(word.casefold() in name.casefold() for word in words)
    return Operations.matches(self, name, search)


@fault("hidden-later-search-pages-by-name", "must", Operations.page, origin="blind-8")
def later_search_pages_by_name(self: Operations, kind: str, entries: list[Json], request: Request) -> Response:
    """Pages of a search after the first are cut from the names in alphabetical order, the first from those by age."""
    page, _, search = self.paging(request)
    if search and page > 1:
        entries = sorted(entries, key=lambda entry: str(entry["name"]), reverse=self.settings.newest_first)
    return Operations.page(self, kind, entries, request)


@fault("hidden-team-list-renewed-by-count", "must", origin="blind-8")
class TeamListRenewedByCount(Operations):
    """A team list that was shown is shown again while the number of teams is the same, also if one was exchanged."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.shown: dict[str, list[Team]] = {}

    def list_teams(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        teams = self.teams_of(unit)
        if len(self.shown.get(unit.id, [])) != len(teams):
            self.shown[unit.id] = teams
        return self.page("teams", [self.views.team(team) for team in self.shown.get(unit.id, [])], request)


@fault("hidden-search-misses-second-rename", "must", origin="blind-8")
class SearchMissesSecondRename(AfterRename):
    """A search finds a unit that was renamed more than once only by the name that the first rename gave it."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.indexed: dict[str, str] = {}

    def renamed(self, unit: Unit) -> None:
        self.indexed.setdefault(unit.id, unit.name)

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        page, limit, search = self.paging(request)
        if kind != "business_units" or not search:
            return super().page(kind, entries, request)
        if self.settings.newest_first:
            entries = entries[::-1]
        found = [entry for entry in entries if self.matches(self.indexed.get(entry["id"], entry["name"]), search)]
        return Response(200, self.views.page(kind, self.slice(found, page, limit), self.total(found), page, limit))
