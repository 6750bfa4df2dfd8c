"""Servers whose deletion of governance keeps a component or changes something else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("hidden-deletion-misses-budget-of-changed-duration", "must", origin="blind-8")
class DeletionMissesBudgetOfChangedDuration(Operations):
    """The deletion of governance keeps a budget whose duration an update has changed."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.changed: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        old = before.budget if before is not None else None
        new = after.budget if after is not None else None
        if old is not None and new is not None and old.id == new.id and old.reset_duration != new.reset_duration:
            self.changed.add(new.id)
        return response

    def delete_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().delete_governance(request)
        after = self.store.find(request.unit_id)
        if before is not None and before.budget is not None and after is not None and before.budget.id in self.changed:
            self.store.save(replace(after, budget=before.budget))
        return response


@fault("fresh-deletion-keeps-later-component", "must", origin="blind-5")
class DeletionKeepsLaterComponent(Operations):
    """The deletion of governance keeps a component that an update added to the other one."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.later: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        if before is not None and after is not None:
            if before.budget is not None and before.rate_limit is None and after.rate_limit is not None:
                self.later.add(after.rate_limit.id)
            if before.rate_limit is not None and before.budget is None and after.budget is not None:
                self.later.add(after.budget.id)
        return response

    def delete_governance(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_governance(request)
        emptied = self.store.find(request.unit_id)
        if emptied is not None and unit.budget is not None and unit.budget.id in self.later:
            self.later.discard(unit.budget.id)
            self.store.save(replace(emptied, budget=unit.budget))
        elif emptied is not None and unit.rate_limit is not None and unit.rate_limit.id in self.later:
            self.later.discard(unit.rate_limit.id)
            self.store.save(replace(emptied, rate_limit=unit.rate_limit))
        return response


@fault("field-deletion-unassigns-teams", "must", Operations.delete_governance, origin="blind-2")
def deletion_unassigns_teams(self: Operations, request: Request) -> Response:
    """The deletion of governance unassigns the teams of the unit."""
    response = Operations.delete_governance(self, request)
    unit = self.store.find(request.unit_id)
    if unit is not None:
        self.unassign_teams(unit)
    return response


@fault("field-deletion-takes-unit", "must", Operations.delete_governance, origin="blind-2")
def deletion_takes_unit(self: Operations, request: Request) -> Response:
    """The deletion of governance deletes a unit that has both components."""
    unit = self.store.find(request.unit_id)
    response = Operations.delete_governance(self, request)
    if unit is not None and unit.budget is not None and unit.rate_limit is not None:
        self.store.remove(unit.id)
    return response


@fault("rare-removal-of-nothing-touches-unit", "must", origin="blind-4")
class RemovalOfNothingTouchesUnit(Operations):
    """A removal of governance refused with 404, because there is none, advances updated_at of the unit."""

    def check_governed(self, unit: Unit) -> None:
        try:
            super().check_governed(unit)
        except Refusal:
            self.store.save(replace(unit, updated_at=self.clock.now()))
            raise
