"""Servers that handle updates of an aligned budget wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange


@fault("aligned-budget-restarted-by-any-update", "ALIGN", "should", proves=("ALIGN-03",))
class AlignedBudgetRestartedByAnyUpdate(Governance):
    """Any update of a calendar-aligned budget begins its period anew, now."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        return replace(after, current_usage=0.0, last_reset=now) if budget.calendar_aligned else after


@fault("field-repeated-flag-zeroes", "ALIGN", "should", origin="blind-2")
class RepeatedFlagZeroes(Governance):
    """Every update that carries calendar_aligned: true zeroes the spend, not only the one that turns it on."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        return self.enable_alignment(changed, now) if change.calendar_aligned else changed


@fault("field-aligned-limit-locked", "ALIGN", "must", origin="blind-2")
class AlignedLimitLocked(Governance):
    """The limit of an aligned budget does not change before the next period, and nothing says so."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=budget.max_limit) if budget.calendar_aligned else changed
