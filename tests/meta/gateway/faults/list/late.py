"""Servers whose lists go wrong for unusual search texts, after deletions, or after other lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("late-search-ends-at-encoded-ampersand", "must", origin="blind-6")
class SearchEndsAtEncodedAmpersand(Operations):
    """The server decodes ampersands before it splits the query, so an encoded one ends the search text."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        return super().paging(replace(request, query=request.query.replace("%26", "&")))


@fault("late-search-trimmed", "must", origin="blind-6")
class SearchTrimmed(Operations):
    """The server drops blanks at both ends of the search text, so it finds names that do not contain them."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, search.strip())


@fault("late-deleted-units-take-up-pages", "must", origin="blind-6")
class DeletedUnitsTakeUpPages(Operations):
    """Until the next unit is created, pages are cut as if deleted units were still there, so they have gaps."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_unit(request)
        self.deleted[unit.id] = unit
        return response

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.deleted.clear()
        return response

    def list_units(self, request: Request) -> Response:
        rows = sorted([*self.store.units(), *self.deleted.values()], key=lambda unit: unit.created_at)
        items = [self.views.item(unit, self.team_count(unit)) for unit in rows]
        return self.page("business_units", items, request)

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        return self.remaining(super().slice(entries, page, limit))

    def total(self, found: list[Json]) -> int:
        return super().total(self.remaining(found))

    def remaining(self, entries: list[Json]) -> list[Json]:
        """Return the entries that are not deleted."""
        return [entry for entry in entries if entry["id"] not in self.deleted]


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
