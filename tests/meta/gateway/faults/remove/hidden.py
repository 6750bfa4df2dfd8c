"""Servers whose deletion of governance misses a budget or a cached response."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
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


@fault("hidden-cached-read-survives-deletion-of-governance", "must", origin="blind-8")
class CachedReadSurvivesDeletionOfGovernance(Operations):
    """A GET of a unit that was read just before its governance was deleted still shows the governance."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cached: dict[str, Json] = {}

    def run(self, request: Request) -> Response:
        if request.method != "GET" and request.operation != "deleteBusinessUnitGovernance":
            self.cached.pop(request.parameters.get("id", ""), None)
        return super().run(request)

    def get_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        if unit.id not in self.cached:
            self.cached[unit.id] = self.views.detail(unit, self.team_count(unit))
        return Response(200, self.cached[unit.id])
