"""Servers whose updates depend on earlier updates, of the same unit or of another one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, Change, RateLimit, Unit


@fault("rare-first-limit-cannot-return", "must", origin="blind-4")
class FirstLimitCannotReturn(Governance):
    """The server ignores an update that changes the limit of a budget back to its first value."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.first: dict[str, float] = {}

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.max_limit == self.first.setdefault(budget.id, budget.max_limit):
            change = replace(change, max_limit=None)
        return super().merge_budget(budget, change, now)


@fault("rare-budget-update-undoes-rate-limit-update", "must", origin="blind-4")
class BudgetUpdateUndoesRateLimitUpdate(Governance):
    """An update of only the budget, right after one of only the rate limit, puts back the rate limit of before."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.stale: dict[str, RateLimit] = {}

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        stale = self.stale.pop(unit.id, None)
        if change.budget is None and unit.rate_limit is not None and after.rate_limit not in (None, unit.rate_limit):
            self.stale[unit.id] = unit.rate_limit
        if change.rate_limit is None and change.budget is not None and stale is not None:
            after = replace(after, rate_limit=stale)
        return after


@fault("rare-duration-of-other-unit", "should", origin="blind-4")
class DurationOfOtherUnit(Governance):
    """An update of only the limit takes the duration of the other unit's budget that was set or changed in between."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.known: set[str] = set()
        self.last: Budget | None = None

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        budget = super().budget_after(unit, change, now)
        if budget is not None and change is not None:
            self.last = budget
            self.known.add(budget.id)
        return budget

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.reset_duration is None and self.last is not None and budget.id in self.known:
            budget = replace(budget, reset_duration=self.last.reset_duration)
        return super().merge_budget(budget, change, now)
