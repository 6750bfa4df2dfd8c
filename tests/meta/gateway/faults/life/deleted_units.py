"""Faults of units that were deleted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...after_refusal import AfterRefusal
from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Unit


@fault("subtle-refused-update-lists-deleted-unit", "must", origin="blind-12")
class RefusedUpdateListsDeletedUnit(AfterRefusal):
    """An update of a deleted unit gets 404, but puts the unit back into the list of units."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._deleted: dict[str, Unit] = {}
        self._listed: dict[str, Unit] = {}

    def delete_unit(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        response = super().delete_unit(request)
        if unit is not None:
            self._deleted[unit.id] = unit
        return response

    def after_refusal(self, request: Request, refusal: Refusal) -> None:
        if refusal.status == 404 and request.unit_id in self._deleted:
            self._listed[request.unit_id] = self._deleted[request.unit_id]

    def items(self, units: Iterable[Unit]) -> list[Json]:
        return super().items([*units, *self._listed.values()])
