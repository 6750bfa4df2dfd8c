"""Faults of calendar alignment that was turned on before."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, Unit


@fault("subtle-second-enabling-keeps-window", "must", origin="blind-12")
class SecondEnablingKeepsWindow(Governance):
    """A budget that was created with alignment or had it turned on keeps last_reset when it is turned on again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._enabled: set[str] = set()

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        if budget.calendar_aligned:
            self._enabled.add(budget.id)
        return budget

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        if budget.id in self._enabled:
            return budget
        self._enabled.add(budget.id)
        return super().enable_alignment(budget, now)
