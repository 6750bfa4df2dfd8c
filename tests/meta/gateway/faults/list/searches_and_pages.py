"""Faults of searches and of pages at the end of a list."""

from __future__ import annotations

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
