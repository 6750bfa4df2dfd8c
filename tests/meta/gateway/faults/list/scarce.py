"""Servers whose searches go wrong for rare texts, or after rare requests."""

from __future__ import annotations

import urllib.parse
from typing import Any

from ...assembly import fault
from ...messages import Request
from ...operations import Operations


@fault("scarce-long-search-cut", "must", Operations.matches, origin="blind-9")
def long_search_cut(self: Operations, name: str, search: str) -> bool:
    """The server searches only for the first 64 characters of the text, so it finds names that do not contain it."""
    return Operations.matches(self, name, search[:64])


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
