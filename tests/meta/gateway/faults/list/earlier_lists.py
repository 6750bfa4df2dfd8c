"""Servers whose lists depend on earlier lists."""

from __future__ import annotations

import time
import urllib.parse
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations


@fault("fresh-later-pages-from-snapshot", "must", origin="blind-5")
class LaterPagesFromSnapshot(Operations):
    """All pages but the first show the units as they were at the last request for the first page of this query."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.snapshots: dict[tuple[int, str], list[Json]] = {}

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        if kind == "business_units":
            page, limit, search = self.paging(request)
            if page == 1:
                self.snapshots[limit, search] = entries
            entries = self.snapshots.get((limit, search), entries)
        return super().page(kind, entries, request)


@fault("fresh-refused-limit-becomes-default", "must", origin="blind-5")
class RefusedLimitBecomesDefault(Operations):
    """A list refused for a limit above 100 makes 100 the default limit until a list with a valid limit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.default: int | None = None

    def paging(self, request: Request) -> tuple[int, int, str]:
        given = urllib.parse.parse_qs(request.query, keep_blank_values=True).get("limit")
        try:
            page, limit, search = super().paging(request)
        except Refusal:
            if given and given[0].isascii() and given[0].isdigit() and int(given[0][:9]) > 100:
                self.default = 100
            raise
        if given:
            self.default = None
        return page, limit if self.default is None else self.default, search


@fault("late-search-without-match-remembered", "must", origin="blind-6")
class SearchWithoutMatchRemembered(Operations):
    """A search that found no unit does not find units created later either, until one is renamed or deleted."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.without_match: set[str] = set()

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        if kind == "business_units":
            _, _, search = self.paging(request)
            if search in self.without_match:
                entries = []
            elif search and not any(self.matches(entry["name"], search) for entry in entries):
                self.without_match.add(search)
        return super().page(kind, entries, request)

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.without_match.clear()
        return response

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        self.without_match.clear()
        return response


@fault("late-team-search-shared-by-units", "must", origin="blind-6")
class TeamSearchSharedByUnits(Operations):
    """A search for teams repeated in another unit shows the teams of the first, until a team changes its unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cache: dict[tuple[int, int, str], Response] = {}

    def list_teams(self, request: Request) -> Response:
        response = super().list_teams(request)
        key = self.paging(request)
        return self.cache.setdefault(key, response) if key[2] else response

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        self.cache.clear()
        return response

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.cache.clear()
        return response

    def unassign_teams(self, unit: Unit) -> None:
        super().unassign_teams(unit)
        self.cache.clear()


@fault("seldom-empty-search-outlives-rename", "must", origin="blind-11")
class EmptySearchOutlivesRename(Operations):
    """A search of units that found nothing finds nothing again, until a unit is created, even after a rename."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.fruitless: set[str] = set()

    def list_units(self, request: Request) -> Response:
        _, _, search = self.paging(request)
        if search in self.fruitless:
            return self.page("business_units", [], request)
        response = super().list_units(request)
        if search and not response.payload["total"]:
            self.fruitless.add(search)
        return response

    def create_unit(self, request: Request) -> Response:
        self.fruitless.clear()
        return super().create_unit(request)


@fault("seldom-next-page-restarts-after-deletion", "must", origin="blind-11")
class NextPageRestartsAfterDeletion(Operations):
    """The next page begins at the first entry if the last entry of the page before it was deleted in between."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.listed: tuple[str, int, str] = ("", 0, "")
        self.cursor: tuple[tuple[str, int, str], int, str] | None = None

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        _, limit, search = self.paging(request)
        self.listed = (request.path, limit, search)
        return super().page(kind, entries, request)

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        shown = super().slice(entries, page, limit)
        if self.cursor is not None and self.cursor[:2] == (self.listed, page - 1):
            if self.cursor[2] not in (entry["id"] for entry in entries):
                shown = super().slice(entries, 1, limit)
        self.cursor = (self.listed, page, shown[-1]["id"]) if shown else None
        return shown


@fault("field-listed-name-is-old", "should", origin="blind-2")
class ListedNameIsOld(Operations):
    """The list shows every unit under the name that it showed first."""

    names: dict[str, str]

    def list_units(self, request: Request) -> Response:
        self.names = getattr(self, "names", {})
        units = [replace(unit, name=self.names.setdefault(unit.id, unit.name)) for unit in self.store.units()]
        return self.page("business_units", self.items(units), request)


@fault("third-list-is-rebuilt-when-its-length-changes", "must", origin="blind-3")
class ListIsRebuiltWhenItsLengthChanges(Operations):
    """The list does not change after one deletion and one creation."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._index: list[Unit] = []

    def list_units(self, request: Request) -> Response:
        if len(self._index) != len(self.store.units()):
            self._index = self.store.units()
        latest = [self.store.find(unit.id) or unit for unit in self._index]
        return self.page("business_units", self.items(latest), request)


@fault("third-listed-team-count-is-cached", "must", origin="blind-3")
class ListedTeamCountIsCached(Operations):
    """team_count in the list does not change with assignments."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._counts: dict[tuple[str, int], int] = {}

    def list_units(self, request: Request) -> Response:
        items = [
            self.views.item(unit, self._counts.setdefault((unit.id, unit.updated_at), self.team_count(unit)))
            for unit in self.store.units()
        ]
        return self.page("business_units", items, request)


@fault("next-search-without-result-cached", "must", origin="blind-7")
class SearchWithoutResultCached(Operations):
    """A search that found nothing finds nothing for the next minute, even if a matching unit or team is added."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.found_nothing: dict[tuple[str, str], float] = {}

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        _, _, search = self.paging(request)
        key, now = (request.path, search), time.monotonic()
        if now < self.found_nothing.get(key, now):
            return super().page(kind, [], request)
        response = super().page(kind, entries, request)
        if response.payload["total"] == 0 and search:
            self.found_nothing[key] = now + 60
        return response


@fault("scarce-search-keeps-limit", "must", origin="blind-9")
class SearchKeepsLimit(Operations):
    """A search without a limit has the limit of the last search that had one."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.search_limit = 20

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        if not search:
            return page, limit, search
        if "limit" in urllib.parse.parse_qs(request.query, keep_blank_values=True):
            self.search_limit = limit
        return page, self.search_limit, search


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


@fault("rare-search-total-outlives-units", "must", origin="blind-4")
class SearchTotalOutlivesUnits(Operations):
    """A search repeated after a deletion has the total of before, until a unit is created or renamed."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.totals: dict[str, int] = {}

    def list_units(self, request: Request) -> Response:
        response = super().list_units(request)
        search = self.paging(request)[2]
        if search:
            response.payload["total"] = self.totals.setdefault(search, response.payload["total"])
        return response

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.totals.clear()
        return response

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.totals.clear()
        return response
