"""Servers that create governance wrongly after governance was deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...model import Budget, Unit
from ...operations import Operations


@fault("rare-alignment-returns-after-governance-deleted", "must", origin="blind-4")
class AlignmentReturns(Operations):
    """A new budget is aligned without being asked if the unit's deleted governance had an aligned one as long."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Budget] = {}

    def delete_governance(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        response = super().delete_governance(request)
        if unit is not None and unit.budget is not None and unit.budget.calendar_aligned:
            self.deleted[unit.id] = unit.budget
        return response

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        unit = self.store.find(request.unit_id)
        old = self.deleted.get(request.unit_id)
        if unit is None or unit.budget is None or old is None or old.reset_duration != unit.budget.reset_duration:
            return response
        start = self.governance.period_start(old, unit.updated_at)
        unit = replace(unit, budget=replace(unit.budget, calendar_aligned=True, last_reset=start))
        self.store.save(unit)
        return Response(200, self.views.governed("Business unit governance created successfully", unit))


@fault("late-creation-revives-deleted-component", "must", origin="blind-6")
class CreationRevivesDeletedComponent(Operations):
    """The creation of one component of governance brings back the other one if it was deleted with both."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_governance(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_governance(request)
        if unit.budget is not None and unit.rate_limit is not None:
            self.deleted[unit.id] = unit
        return response

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        self.deleted.pop(request.unit_id, None)
        return response

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        deleted, created = self.deleted.pop(request.unit_id, None), self.store.find(request.unit_id)
        if deleted is None or created is None:
            return response
        revived = replace(
            created,
            budget=created.budget or deleted.budget,
            rate_limit=created.rate_limit or deleted.rate_limit,
        )
        self.store.save(revived)
        return Response(200, self.views.governed("Business unit governance created successfully", revived))
