"""Servers whose lists show what a refused request asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("quiet-refused-rename-listed", "must", origin="blind-10")
class RefusedRenameListed(Operations):
    """After a rename refused with 409, the list shows the unit under the refused name until its next rename."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.refused: dict[str, str] = {}

    def rename_unit(self, request: Request) -> Response:
        try:
            response = super().rename_unit(request)
        except Refusal as refusal:
            if refusal.status == 409:
                self.refused[request.unit_id] = self.bodies.name(self.document(request))
            raise
        self.refused.pop(request.unit_id, None)
        return response

    def items(self, units: Iterable[Unit]) -> list[Json]:
        return super().items(replace(unit, name=self.refused.get(unit.id, unit.name)) for unit in units)


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
