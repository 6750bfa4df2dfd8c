"""Servers that handle updates of an aligned budget wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange


@fault("aligned-budget-restarted-by-any-update", "ALIGN", "should", proves=("ALIGN-03",))
class AlignedBudgetRestartedByAnyUpdate(Governance):
    """Every update of a calendar-aligned budget sets the usage to 0 and last_reset to now."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        return replace(after, current_usage=0.0, last_reset=now) if budget.calendar_aligned else after


@fault("field-repeated-flag-zeroes", "ALIGN", "should", origin="blind-2")
class RepeatedFlagZeroes(Governance):
    """A repeated calendar_aligned: true sets the usage to 0."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        return self.enable_alignment(changed, now) if change.calendar_aligned else changed


@fault("field-aligned-limit-locked", "ALIGN", "must", origin="blind-2")
class AlignedLimitLocked(Governance):
    """An update ignores a new limit of a calendar-aligned budget."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=budget.max_limit) if budget.calendar_aligned else changed
