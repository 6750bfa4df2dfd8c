"""Servers that answer wrongly to pages past the end."""

from __future__ import annotations

from collections.abc import Sequence

from ...assembly import fault
from ...messages import Json, Request, Response
from ...operations import Operations
from ...views import Views


@fault("next-total-zero-past-the-end", "must", origin="blind-7")
class TotalZeroPastTheEnd(Operations):
    """The total of a page past the last one is 0, because the server takes it from the entries of the page."""

    def page(self, kind: str, entries: list[Json], request: Request) -> Response:
        response = super().page(kind, entries, request)
        if not response.payload[kind]:
            response.payload["total"] = 0
        return response


@fault("far-page-stated-in-32-bits", "must", Views.page, proves=("LIST-02",))
def far_page_stated_in_32_bits(
    self: Views, kind: str, entries: Sequence[Json], total: int, page: int, limit: int
) -> Json:
    """The response states the last 31 bits of the page."""
    return Views.page(self, kind, entries, total, page & 0x7FFFFFFF, limit)


@fault("long-page-breaks", "must", Operations.bounded, proves=("LIST-06",))
def long_page_breaks(self: Operations, text: str, least: int, most: int, default: int) -> int:
    """The list answers 500 to a number of more than 19 digits."""
    assert not (text.isdigit() and len(text) > 19)
    return Operations.bounded(self, text, least, most, default)


@fault("far-page-of-teams-is-the-first", "must", Operations.list_teams, proves=("LIST-10",))
def far_page_of_teams_is_the_first(self: Operations, request: Request) -> Response:
    """The team list shows the first page for a page that 32 bits cannot hold."""
    page, limit, _ = self.paging(request)
    if page >= 2**31:
        request.query = f"page=1&limit={limit}"
    return Operations.list_teams(self, request)


@fault("rare-page-offset-of-32-bits", "must", origin="blind-4")
class PageOffsetOf32Bits(Operations):
    """The server computes offsets in 32 bits, so a page far beyond the last one can show the first entries."""

    def slice(self, entries: list[Json], page: int, limit: int) -> list[Json]:
        offset = ((page - 1) * limit + 2**31) % 2**32 - 2**31
        start = max(offset, 0)
        return entries[start : start + limit]
