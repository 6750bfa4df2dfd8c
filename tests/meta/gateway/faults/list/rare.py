"""Servers whose lists are wrong for rare queries or after several steps."""

from __future__ import annotations

import unicodedata
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...operations import Operations


@fault("rare-search-plus-decoded-twice", "must", origin="blind-4")
class SearchPlusDecodedTwice(Operations):
    """The server decodes the search text twice, so an encoded plus sign becomes a blank."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        return page, limit, search.replace("+", " ")


@fault("rare-search-ends-at-semicolon", "must", origin="blind-4")
class SearchEndsAtSemicolon(Operations):
    """The server ignores an encoded semicolon in the search text and everything after it."""

    def paging(self, request: Request) -> tuple[int, int, str]:
        page, limit, search = super().paging(request)
        return page, limit, search.partition(";")[0]


@fault("rare-search-composed", "must", origin="blind-4")
class SearchComposed(Operations):
    """The server composes letters and combining marks of the search text but not those of the names."""

    def matches(self, name: str, search: str) -> bool:
        return super().matches(name, unicodedata.normalize("NFC", search))


@fault("rare-page-offset-of-32-bits", "must", origin="blind-4")
class PageOffsetOf32Bits(Operations):
    """The server computes offsets in 32 bits, so a page far beyond the last one can show the first entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        offset = ((page - 1) * limit + 2**31) % 2**32 - 2**31
        start = max(offset, 0)
        return entries[start : start + limit]


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
