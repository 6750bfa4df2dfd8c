"""Servers that do the wrong thing if the component to remove is absent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit


@fault("removal-of-nothing-refused", "should", Governance.budget_after, proves=("REMOVE-06",))
def removal_of_nothing_refused(self: Governance, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
    """The server answers 404 to `budget: {}` when the unit has no budget."""
    if change is not None and change.removes and unit.budget is None:
        raise Refusal(404, "Budget not found")
    return Governance.budget_after(self, unit, change, now)


@fault("field-removing-nothing-refused", "should", Governance.rate_limit_after, origin="blind-2")
def removing_nothing_refused(
    self: Governance, unit: Unit, change: RateLimitChange | None, now: int
) -> RateLimit | None:
    """The server answers 404 to `rate_limit: {}` when the unit has no rate limit."""
    if change is not None and change.removes and unit.rate_limit is None:
        raise Refusal(404, "Rate limit not found")
    return Governance.rate_limit_after(self, unit, change, now)


@fault("removal-of-nothing-breaks", "must", Governance.rate_limit_after)
def removal_of_nothing_breaks(
    self: Governance, unit: Unit, change: RateLimitChange | None, now: int
) -> RateLimit | None:
    """The server answers 500 to `rate_limit: {}` when the unit has no rate limit."""
    if change is not None and change.removes:
        assert unit.rate_limit is not None
    return Governance.rate_limit_after(self, unit, change, now)


@fault("field-removing-nothing-creates", "must", Governance.budget_after, origin="blind-2")
def removing_nothing_creates(self: Governance, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
    """The server creates a default budget on `budget: {}` when the unit has no budget."""
    if change is not None and change.removes and unit.budget is None:
        return self.new_budget(unit, BudgetChange(100.0, "1M", False), now)
    return Governance.budget_after(self, unit, change, now)


@fault("fresh-removal-of-nothing-takes-next-budget", "must", origin="blind-5")
class RemovalOfNothingTakesNextBudget(Governance):
    """The removal of a missing budget removes a budget set later, at the next update of only the rate limit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.pending: set[str] = set()

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is not None and change.budget.removes:
            if unit.budget is None:
                self.pending.add(unit.id)
            else:
                self.pending.discard(unit.id)
        elif change.budget is None and change.rate_limit is not None and unit.budget is not None:
            if unit.id in self.pending:
                self.pending.discard(unit.id)
                return replace(after, budget=None)
        return after
