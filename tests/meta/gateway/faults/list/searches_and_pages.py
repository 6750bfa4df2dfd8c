"""Faults of searches and of pages at the end of a list."""

from __future__ import annotations

import urllib.parse
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...operations import Operations


@fault("subtle-second-rename-not-searched", "must", origin="blind-12")
class SecondRenameNotSearched(Operations):
    """A unit is not found by its name after its second rename."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._indexed: dict[str, str] = {}

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self._indexed.setdefault(response.payload["id"], response.payload["name"])
        return response

    def list_units(self, request: Request) -> Response:
        _, _, search = self.paging(request)
        units = [unit for unit in self.store.units() if self.matches(self._indexed.get(unit.id, unit.name), search)]
        return self.page("business_units", self.items(units), request)


@fault("subtle-page-after-full-page", "must", Operations.slice, origin="blind-12")
def page_after_full_page(self: Operations, entries: list[Json], page: int, limit: int) -> list[Json]:
    """The page after the last one shows the last one again if that is full."""
    return Operations.slice(self, entries, page - 1 if (page - 1) * limit == len(entries) > 0 else page, limit)


@fault("hidden-later-search-pages-by-name", "must", Operations.page, origin="blind-8")
def later_search_pages_by_name(self: Operations, kind: str, entries: list[Json], request: Request) -> Response:
    """Pages of a search after the first are cut from the names in alphabetical order, the first from those by age."""
    page, _, search = self.paging(request)
    if search and page > 1:
        entries = sorted(entries, key=lambda entry: str(entry["name"]), reverse=self.settings.newest_first)
    return Operations.page(self, kind, entries, request)


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
