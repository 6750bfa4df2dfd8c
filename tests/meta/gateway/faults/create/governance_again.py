"""Faults of governance that is created again after its removal."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("subtle-governed-after-separate-removals", "must", origin="blind-12")
class GovernedAfterSeparateRemovals(Operations):
    """The creation of governance gets 409 after the budget and the rate limit were removed by separate updates."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._full: set[str] = set()

    def note(self, unit: Unit | None) -> None:
        """Remember a unit that has both components."""
        if unit is not None and unit.budget is not None and unit.rate_limit is not None:
            self._full.add(unit.id)

    def forget(self, unit_id: str) -> None:
        """Forget a unit whose components have both gone."""
        unit = self.store.find(unit_id)
        if unit is not None and unit.budget is None and unit.rate_limit is None:
            self._full.discard(unit_id)

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        self.note(self.store.find(request.unit_id))
        return response

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None and before.budget is not None and before.rate_limit is not None:
            self.forget(request.unit_id)
        self.note(self.store.find(request.unit_id))
        return response

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        self.forget(request.unit_id)
        return response

    def check_ungoverned(self, unit: Unit) -> None:
        super().check_ungoverned(unit)
        if unit.id in self._full:
            raise Refusal(409, "Business unit already has governance configured")
