"""Servers that wrap a list wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...operations import Operations
from ...views import Views


@fault("total-ignores-search", "must", Operations.total)
def total_ignores_search(self: Operations, found: list[Json]) -> int:
    """total is never less than the number of all units."""
    return max(len(found), len(self.store.units()))


@fault("total-is-page-size", "must", Views.page)
def total_is_page_size(self: Views, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
    """total is the number of entries on the page."""
    return Views.page(self, kind, entries, len(entries), page, limit)


@fault("total-as-string", "must", Views.page)
def total_as_string(self: Views, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
    """total is a string."""
    return {**Views.page(self, kind, entries, total, page, limit), "total": str(total)}


@fault("total-missing", "must", Views.page)
def total_missing(self: Views, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
    """total is absent."""
    return {kind: list(entries), "page": page, "limit": limit}


@fault("limit-not-echoed", "must", Views.page)
def limit_not_echoed(self: Views, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
    """limit in the response is always 20."""
    return Views.page(self, kind, entries, total, page, 20)


@fault("list-is-bare-array", "must", Views.page)
def list_is_bare_array(self: Views, kind: str, entries: Any, total: int, page: int, limit: int) -> Any:
    """The response is an array without page, limit and total."""
    return list(entries)


@fault("empty-list-is-null", "must", Views.page)
def empty_list_is_null(self: Views, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
    """An empty list is null."""
    view = Views.page(self, kind, entries, total, page, limit)
    return view if entries else {**view, kind: None}


@fault("empty-list-is-not-found", "must", Operations.page)
def empty_list_is_not_found(self: Operations, kind: str, entries: list[Json], request: Request) -> Response:
    """The server answers 404 instead of an empty list."""
    response = Operations.page(self, kind, entries, request)
    if not response.payload[kind]:
        raise Refusal(404, "nothing found")
    return response


@fault("field-total-on-first-page-only", "must", Views.page, origin="blind-2")
def total_on_first_page_only(
    self: Views, kind: str, entries: Sequence[Json], total: int, page: int, limit: int
) -> Json:
    """total is 0 on every page but the first."""
    return Views.page(self, kind, entries, total if page == 1 else 0, page, limit)


@fault("field-paging-is-text", "must", Views.page, origin="blind-2")
def paging_is_text(self: Views, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
    """page and limit in the response are strings."""
    return {**Views.page(self, kind, entries, total, page, limit), "page": f"{page}", "limit": f"{limit}"}


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


@fault("rare-total-counts-refused-creations", "must", origin="blind-4")
class TotalCountsRefusedCreations(Operations):
    """The total of a list without search also counts creations refused with 409 since the last creation or deletion."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.refused = 0

    def create_unit(self, request: Request) -> Response:
        try:
            response = super().create_unit(request)
        except Refusal as refusal:
            self.refused += refusal.status == 409
            raise
        self.refused = 0
        return response

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        self.refused = 0
        return response

    def list_units(self, request: Request) -> Response:
        response = super().list_units(request)
        if not self.paging(request)[2]:
            response.payload["total"] += self.refused
        return response
