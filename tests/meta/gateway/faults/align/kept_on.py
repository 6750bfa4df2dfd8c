"""Servers that handle updates of an aligned budget wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange


@fault("aligned-budget-restarted-by-any-update", "should", Governance.change_budget, proves=("ALIGN-03",))
def aligned_budget_restarted_by_any_update(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """Every update of a calendar-aligned budget sets the usage to 0 and last_reset to now."""
    after = Governance.change_budget(self, budget, change, now)
    return replace(after, current_usage=0.0, last_reset=now) if budget.calendar_aligned else after


@fault("field-repeated-flag-zeroes", "should", Governance.change_budget, origin="blind-2")
def repeated_flag_zeroes(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A repeated calendar_aligned: true sets the usage to 0."""
    changed = Governance.change_budget(self, budget, change, now)
    return self.enable_alignment(changed, now) if change.calendar_aligned else changed


@fault("field-aligned-limit-locked", "must", Governance.merge_budget, origin="blind-2")
def aligned_limit_locked(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update ignores a new limit of a calendar-aligned budget."""
    changed = Governance.merge_budget(self, budget, change, now)
    return replace(changed, max_limit=budget.max_limit) if budget.calendar_aligned else changed
