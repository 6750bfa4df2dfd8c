"""Servers that ignore or misapply alignment when a budget is created."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, Unit


@fault("creation-begins-now", "should", Governance.new_budget, proves=("ALIGN-06",))
def creation_begins_now(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """The first period of a calendar-aligned budget begins when the budget is created."""
    return replace(Governance.new_budget(self, unit, change, now), last_reset=now)


@fault("field-flag-ignored-on-creation", "must", Governance.new_budget, origin="blind-2")
def flag_ignored_on_creation(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """The server ignores calendar_aligned of a first budget."""
    budget = Governance.new_budget(self, unit, change, now)
    return replace(budget, calendar_aligned=False, last_reset=now)


@fault("third-first-aligned-week-begins-now", "should", Governance.new_budget, origin="blind-3")
def first_aligned_week_begins_now(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """The first calendar week of a budget begins when the budget is created."""
    budget = Governance.new_budget(self, unit, change, now)
    return replace(budget, last_reset=now) if budget.reset_duration.endswith("w") else budget
