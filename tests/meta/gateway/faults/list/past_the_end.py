"""Servers that list wrongly on pages past the end, for blanks in the search text, or after an earlier search."""

from __future__ import annotations

import time
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...operations import Operations


@fault("next-total-zero-past-the-end", "must", origin="blind-7")
class TotalZeroPastTheEnd(Operations):
    """The total of a page past the last one is 0, because the server takes it from the entries of the page."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        response = super().page(kind, entries, request)
        if not response.payload[kind]:
            response.payload["total"] = 0
        return response


@fault("next-search-trimmed", "must", origin="blind-7")
class SearchTrimmed(Operations):
    """The server trims blanks at the ends of the search text, so it finds names that do not contain the text."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        return page, limit, search.strip()


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
