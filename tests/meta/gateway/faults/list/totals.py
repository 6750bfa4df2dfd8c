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
