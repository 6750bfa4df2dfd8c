"""Servers that wrap a list wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...operations import Operations
from ...views import Views


@fault("total-ignores-search", "LIST", "must")
class TotalIgnoresSearch(Operations):
    """total is never less than the number of all units."""

    def total(self, found: list[Json]) -> int:
        return max(len(found), len(self.store.units()))


@fault("total-is-page-size", "LIST", "must")
class TotalIsPageSize(Views):
    """total is the number of entries on the page."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, len(entries), page, limit)


@fault("total-as-string", "LIST", "must")
class TotalAsString(Views):
    """total is a string."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return {**super().page(kind, entries, total, page, limit), "total": str(total)}


@fault("total-missing", "LIST", "must")
class TotalMissing(Views):
    """total is absent."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return {kind: list(entries), "page": page, "limit": limit}


@fault("limit-not-echoed", "LIST", "must")
class LimitNotEchoed(Views):
    """limit in the response is always 20."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, total, page, 20)


@fault("page-not-echoed", "LIST", "must")
class PageNotEchoed(Views):
    """page in the response is always 1."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, total, 1, limit)


@fault("list-is-bare-array", "LIST", "must")
class ListIsBareArray(Views):
    """The response is an array without page, limit and total."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Any:
        return list(entries)


@fault("empty-list-is-null", "LIST", "must")
class EmptyListIsNull(Views):
    """An empty list is null."""

    def page(self, kind: str, entries: Any, total: int, page: int, limit: int) -> Json:
        view = super().page(kind, entries, total, page, limit)
        return view if entries else {**view, kind: None}


@fault("empty-list-is-not-found", "LIST", "must")
class EmptyListIsNotFound(Operations):
    """The server answers 404 instead of an empty list."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        response = super().page(kind, entries, request)
        if not response.payload[kind]:
            raise Refusal(404, "nothing found")
        return response


@fault("field-total-ignores-search", "LIST", "must", origin="blind-2")
class TotalCountsUnmatched(Operations):
    """total counts the entries that do not match the search as well."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        response = super().page(kind, entries, request)
        response.payload["total"] = len(entries)
        return response


@fault("field-total-stops-at-limit", "LIST", "must", origin="blind-2")
class TotalStopsAtLimit(Views):
    """total is at most limit plus one."""

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, min(total, limit + 1), page, limit)


@fault("field-total-on-first-page-only", "LIST", "must", origin="blind-2")
class TotalOnFirstPageOnly(Views):
    """total is 0 on every page but the first."""

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        return super().page(kind, entries, total if page == 1 else 0, page, limit)


@fault("field-paging-is-text", "LIST", "must", origin="blind-2")
class PagingIsText(Views):
    """page and limit in the response are strings."""

    def page(self, kind: str, entries: Sequence[Json], total: int, page: int, limit: int) -> Json:
        return {**super().page(kind, entries, total, page, limit), "page": f"{page}", "limit": f"{limit}"}
