"""Servers that create components wrongly through an update."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ...operations import Operations
from ...periods import is_alignable


@fault("update-cannot-add-budget", "CREATE", "should", proves=("CREATE-01",))
class UpdateCannotAddBudget(Governance):
    """An update refuses to create a budget."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if unit.budget is None and change is not None and not change.removes:
            raise Refusal(400, "no budget to update")
        return super().budget_after(unit, change, now)


@fault("update-cannot-add-rate-limit", "CREATE", "should")
class UpdateCannotAddRateLimit(Governance):
    """An update ignores a rate limit when the unit has none."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        return None if unit.rate_limit is None else super().rate_limit_after(unit, change, now)


@fault("update-needs-governance", "CREATE", "should")
class UpdateNeedsGovernance(Operations):
    """An update answers 404 for a unit without governance."""

    def update_governance(self, request: Request) -> Response:
        self.check_governed(self.unit(request, self.clock.now()))
        return super().update_governance(request)


@fault("first-budget-may-lack-limit", "CREATE", "should", proves=("CREATE-02",))
class FirstBudgetMayLackLimit(Governance):
    """An update creates a budget without a limit and sets the limit to 0."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        limit = 0.0 if change.max_limit is None else change.max_limit
        return super().new_budget(unit, replace(change, max_limit=limit), now)


@fault("first-budget-may-lack-duration", "CREATE", "should", proves=("CREATE-03",))
class FirstBudgetMayLackDuration(Governance):
    """An update creates a budget without a duration and sets the duration to 1M."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return super().new_budget(unit, replace(change, reset_duration=change.reset_duration or "1M"), now)


@fault("incomplete-first-budget-breaks", "CREATE", "must")
class IncompleteFirstBudgetBreaks(Governance):
    """An update answers 500 to an incomplete first budget."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        assert change.max_limit is not None
        assert change.reset_duration is not None
        return super().new_budget(unit, change, now)


@fault("first-budget-aligned-unasked", "CREATE", "must", proves=("CREATE-06",))
class FirstBudgetAlignedUnasked(Governance):
    """The server aligns a first budget of days or more with the calendar when the body does not ask for it."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        asked = change.calendar_aligned is not None or not is_alignable(change.reset_duration or "")
        return super().new_budget(unit, change if asked else replace(change, calendar_aligned=True), now)


@fault("first-budget-alignment-not-checked", "CREATE", "must")
class FirstBudgetAlignmentNotChecked(Governance):
    """The server accepts calendar alignment of a first budget with any duration."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if budget.updated_at != budget.created_at:
            super().check_alignment(budget, change)


@fault("field-budget-created-by-rate-limit", "CREATE", "must", origin="blind-2")
class BudgetCreatedByRateLimit(Governance):
    """A first rate limit creates a budget of 1000000000 dollars as well."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if unit.rate_limit is None and after.rate_limit is not None and after.budget is None:
            return replace(after, budget=self.new_budget(unit, BudgetChange(1e9, "1M", False), now))
        return after
