"""Servers whose second removal goes wrong, or whose refused removals change something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Unit
from ...operations import Operations


@fault("rare-second-budget-removal-fails", "must", origin="blind-4")
class SecondBudgetRemovalFails(Governance):
    """The second removal of a budget from the same unit by an update answers 500 and removes nothing."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.removed: set[str] = set()

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if unit.budget is not None and change is not None and change.removes:
            if unit.id in self.removed:
                raise Refusal(500, "Internal Server Error")
            self.removed.add(unit.id)
        return super().budget_after(unit, change, now)


@fault("rare-removal-of-nothing-touches-unit", "should", origin="blind-4")
class RemovalOfNothingTouchesUnit(Operations):
    """A removal of governance refused with 404, because there is none, advances updated_at of the unit."""

    def check_governed(self, unit: Unit) -> None:
        try:
            super().check_governed(unit)
        except Refusal:
            self.store.save(replace(unit, updated_at=self.clock.now()))
            raise


@fault("rare-refused-rate-limit-removes-budget", "must", origin="blind-4")
class RefusedRateLimitRemovesBudget(Operations):
    """An update refused for its rate_limit still removes the budget if it has an empty budget."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 400 and unit is not None and self.asks_for_removal(request):
                self.store.save(replace(unit, budget=None))
            raise

    def asks_for_removal(self, request: Request) -> bool:
        """Return whether the body has an empty budget."""
        try:
            body = self.document(request)
        except Refusal:
            return False
        return isinstance(body, dict) and body.get("budget") == {}
