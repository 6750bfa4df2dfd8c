"""Servers that change the fields of a budget wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange


@fault("limit-change-ignored", "UPDATE", "must", proves=("UPDATE-01",))
class LimitChangeIgnored(Governance):
    """An update ignores a new budget limit and answers 200."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, max_limit=None), now)


@fault("duration-change-ignored", "UPDATE", "must")
class DurationChangeIgnored(Governance):
    """An update ignores a new budget duration and answers 200."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, reset_duration=None), now)


@fault("alignment-change-ignored", "UPDATE", "must")
class AlignmentChangeIgnored(Governance):
    """An update ignores calendar_aligned and answers 200."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=None), now)


@fault("lone-limit-ignored", "UPDATE", "should")
class LoneLimitIgnored(Governance):
    """An update ignores a new budget limit that comes without a duration."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        lone = change.reset_duration is None
        return super().merge_budget(budget, replace(change, max_limit=None) if lone else change, now)


@fault("duration-lost-by-limit-change", "UPDATE", "should", proves=("UPDATE-07",))
class DurationLostByLimitChange(Governance):
    """A budget update without a duration sets the duration to 1M."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, reset_duration=change.reset_duration or "1M"), now)


@fault("alignment-lost-by-limit-change", "UPDATE", "should")
class AlignmentLostByLimitChange(Governance):
    """A budget update without calendar_aligned turns calendar alignment off."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=bool(change.calendar_aligned)), now)


@fault("lone-limit-moves-last-reset", "UPDATE", "should")
class LoneLimitMovesLastReset(Governance):
    """A limit without a duration moves last_reset of a calendar-aligned budget."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        lone = change.reset_duration is None and budget.calendar_aligned
        return replace(after, last_reset=now) if lone else after


@fault("field-duration-alone-zeroes-limit", "UPDATE", "should", origin="blind-2")
class DurationAloneZeroesLimit(Governance):
    """A duration without a limit sets the limit to 0."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.reset_duration is not None and change.max_limit is None:
            change = replace(change, max_limit=0.0)
        return super().merge_budget(budget, change, now)


@fault("field-limit-raised-to-spend", "UPDATE", "must", origin="blind-2")
class LimitRaisedToSpend(Governance):
    """An update raises a limit below current_usage to current_usage."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=max(changed.max_limit, changed.current_usage))


@fault("field-fields-cannot-be-lowered", "UPDATE", "must", origin="blind-2")
class FieldsCannotBeLowered(Governance):
    """An update keeps the larger of the old and the new limit."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=max(changed.max_limit, budget.max_limit))


@fault("field-second-limit-ignored", "UPDATE", "must", origin="blind-2")
class SecondLimitIgnored(Governance):
    """An update ignores a new limit when the budget has been changed before."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.updated_at != budget.created_at:
            change = replace(change, max_limit=None)
        return super().merge_budget(budget, change, now)


@fault("field-same-limit-skips-rest", "UPDATE", "must", origin="blind-2")
class SameLimitSkipsRest(Governance):
    """An update whose limit equals the stored one ignores the duration and the flag."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        return budget if change.max_limit == budget.max_limit else changed


@fault("field-small-change-ignored", "UPDATE", "must", origin="blind-2")
class SmallChangeIgnored(Governance):
    """An update ignores a new limit that differs by less than a dollar."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.max_limit is not None and int(change.max_limit) == int(budget.max_limit):
            change = replace(change, max_limit=budget.max_limit)
        return super().merge_budget(budget, change, now)


@fault("partial-budget-is-conflict", "UPDATE", "must")
class PartialBudgetIsConflict(Governance):
    """The server answers 409 to a budget without a duration when the stored one is calendar-aligned."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.calendar_aligned and change.reset_duration is None:
            raise Refusal(409, "the budget follows the calendar")
        return super().change_budget(budget, change, now)


@fault("field-every-budget-update-starts-over", "UPDATE", "should", origin="blind-2")
class EveryBudgetUpdateStartsOver(Governance):
    """Every update of a rolling budget sets current_usage to 0 and last_reset to now."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return changed if changed.calendar_aligned else replace(changed, current_usage=0.0, last_reset=now)
