"""Servers that change the fields of a budget wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange


@fault("limit-change-ignored", "must", Governance.merge_budget, proves=("UPDATE-01",))
def limit_change_ignored(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update ignores a new budget limit and answers 200."""
    return Governance.merge_budget(self, budget, replace(change, max_limit=None), now)


@fault("duration-change-ignored", "must", Governance.merge_budget)
def duration_change_ignored(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update ignores a new budget duration and answers 200."""
    return Governance.merge_budget(self, budget, replace(change, reset_duration=None), now)


@fault("alignment-change-ignored", "must", Governance.merge_budget)
def alignment_change_ignored(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update ignores calendar_aligned and answers 200."""
    return Governance.merge_budget(self, budget, replace(change, calendar_aligned=None), now)


@fault("lone-limit-ignored", "should", Governance.merge_budget)
def lone_limit_ignored(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update ignores a new budget limit that comes without a duration."""
    lone = change.reset_duration is None
    return Governance.merge_budget(self, budget, replace(change, max_limit=None) if lone else change, now)


@fault("duration-lost-by-limit-change", "should", Governance.merge_budget, proves=("UPDATE-07",))
def duration_lost_by_limit_change(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A budget update without a duration sets the duration to 1M."""
    return Governance.merge_budget(self, budget, replace(change, reset_duration=change.reset_duration or "1M"), now)


@fault("lone-limit-moves-last-reset", "should", Governance.merge_budget)
def lone_limit_moves_last_reset(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A limit without a duration moves last_reset of a calendar-aligned budget."""
    after = Governance.merge_budget(self, budget, change, now)
    lone = change.reset_duration is None and budget.calendar_aligned
    return replace(after, last_reset=now) if lone else after


@fault("field-duration-alone-zeroes-limit", "should", Governance.merge_budget, origin="blind-2")
def duration_alone_zeroes_limit(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A duration without a limit sets the limit to 0."""
    if change.reset_duration is not None and change.max_limit is None:
        change = replace(change, max_limit=0.0)
    return Governance.merge_budget(self, budget, change, now)


@fault("field-limit-raised-to-spend", "must", Governance.merge_budget, origin="blind-2")
def limit_raised_to_spend(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update raises a limit below current_usage to current_usage."""
    changed = Governance.merge_budget(self, budget, change, now)
    return replace(changed, max_limit=max(changed.max_limit, changed.current_usage))


@fault("field-fields-cannot-be-lowered", "must", Governance.merge_budget, origin="blind-2")
def fields_cannot_be_lowered(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update keeps the larger of the old and the new limit."""
    changed = Governance.merge_budget(self, budget, change, now)
    return replace(changed, max_limit=max(changed.max_limit, budget.max_limit))


@fault("field-second-limit-ignored", "must", Governance.merge_budget, origin="blind-2")
def second_limit_ignored(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update ignores a new limit when the budget has been changed before."""
    if budget.updated_at != budget.created_at:
        change = replace(change, max_limit=None)
    return Governance.merge_budget(self, budget, change, now)


@fault("field-same-limit-skips-rest", "must", Governance.change_budget, origin="blind-2")
def same_limit_skips_rest(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update whose limit equals the stored one ignores the duration and the flag."""
    changed = Governance.change_budget(self, budget, change, now)
    return budget if change.max_limit == budget.max_limit else changed


@fault("field-small-change-ignored", "must", Governance.merge_budget, origin="blind-2")
def small_change_ignored(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update ignores a new limit that differs by less than a dollar."""
    if change.max_limit is not None and int(change.max_limit) == int(budget.max_limit):
        change = replace(change, max_limit=budget.max_limit)
    return Governance.merge_budget(self, budget, change, now)


@fault("partial-budget-is-conflict", "must", Governance.change_budget)
def partial_budget_is_conflict(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """The server answers 409 to a budget without a duration when the stored one is calendar-aligned."""
    if budget.calendar_aligned and change.reset_duration is None:
        raise Refusal(409, "the budget follows the calendar")
    return Governance.change_budget(self, budget, change, now)


@fault("field-every-budget-update-starts-over", "should", Governance.merge_budget, origin="blind-2")
def every_budget_update_starts_over(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """Every update of a rolling budget sets current_usage to 0 and last_reset to now."""
    changed = Governance.merge_budget(self, budget, change, now)
    return changed if changed.calendar_aligned else replace(changed, current_usage=0.0, last_reset=now)
