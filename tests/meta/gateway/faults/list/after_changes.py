"""Servers whose searches and pages go wrong for rare texts, or after rare changes."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Unit
from ...operations import Operations
from ..life.earlier_names import AfterRename


@fault("seldom-searched-words-in-any-order", "must", Operations.matches, origin="blind-11")
def searched_words_in_any_order(self: Operations, name: str, search: str) -> bool:
    """A search for several words also finds names that have the words in another order or apart."""
    words = search.split()
    return all(Operations.matches(self, name, text) for text in (words if len(words) > 1 else [search]))


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
