"""Servers that ignore or misapply alignment when a budget is created."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, Unit


@fault("creation-begins-now", "ALIGN", "should", proves=("ALIGN-06",))
class CreationBeginsNow(Governance):
    """The first period of a calendar-aligned budget begins when the budget is created."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), last_reset=now)


@fault("field-flag-ignored-on-creation", "ALIGN", "must", origin="blind-2")
class FlagIgnoredOnCreation(Governance):
    """The server ignores calendar_aligned of a first budget."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        return replace(budget, calendar_aligned=False, last_reset=now)


@fault("third-first-aligned-week-begins-now", "ALIGN", "should", origin="blind-3")
class FirstAlignedWeekBeginsNow(Governance):
    """The first calendar week of a budget begins when the budget is created."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        return replace(budget, last_reset=now) if budget.reset_duration.endswith("w") else budget
