"""Servers on which a deleted unit is still there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...after_refusal import AfterRefusal
from ...assembly import fault
from ...kept_units import KeptUnits
from ...messages import Json, Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("deleted-unit-still-read", "must", proves=("LIFE-03",))
class DeletedUnitStillRead(KeptUnits):
    """A GET of a deleted unit answers 200."""

    def get_unit(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            return Response(200, self.views.detail(self.deleted[request.unit_id], 0))
        return super().get_unit(request)


@fault("deleted-unit-still-deleted", "must")
class DeletedUnitStillDeleted(KeptUnits):
    """The deletion of a deleted unit answers 200."""

    def delete_unit(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            return Response(200, self.views.message("Business unit deleted successfully"))
        return super().delete_unit(request)


@fault("deleted-unit-still-updated", "must")
class DeletedUnitStillUpdated(KeptUnits):
    """An update of a deleted unit answers 200 and restores it."""

    def update_governance(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            self.store.save(self.deleted.pop(request.unit_id))
        return super().update_governance(request)


@fault("deleted-unit-still-listed", "must")
class DeletedUnitStillListed(KeptUnits):
    """The list shows a deleted unit."""

    def list_units(self, request: Request) -> Response:
        units = [*self.store.units(), *self.deleted.values()]
        return self.page("business_units", self.items(units), request)


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


@fault("deleted-unit-read-after-rename", "must", proves=("LIFE-03",))
class DeletedUnitReadAfterRename(Operations):
    """A unit that was renamed can still be read after its deletion."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.renamed: dict[str, Json] = {}

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.renamed[request.unit_id] = super().get_unit(request).payload
        return response

    def get_unit(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None and request.unit_id in self.renamed:
            return Response(200, self.renamed[request.unit_id])
        return super().get_unit(request)


@fault("next-governance-of-deleted-unit-deleted", "must", origin="blind-7")
class GovernanceOfDeletedUnitDeleted(Operations):
    """The deletion of governance answers 200 once for a deleted unit that had governance."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.orphans: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_unit(request)
        if unit.budget is not None or unit.rate_limit is not None:
            self.orphans.add(unit.id)
        return response

    def delete_governance(self, request: Request) -> Response:
        if request.unit_id in self.orphans:
            self.orphans.discard(request.unit_id)
            return Response(200, self.views.message("Business unit governance deleted successfully"))
        return super().delete_governance(request)
