"""Servers that change the fields of a budget wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange


@fault("limit-change-ignored", "UPDATE", "must", proves=("UPDATE-01",))
class LimitChangeIgnored(Governance):
    """A new budget limit is confirmed by 200 and ignored."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, max_limit=None), now)


@fault("duration-change-ignored", "UPDATE", "must")
class DurationChangeIgnored(Governance):
    """A new budget duration is confirmed by 200 and ignored."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, reset_duration=None), now)


@fault("alignment-change-ignored", "UPDATE", "must")
class AlignmentChangeIgnored(Governance):
    """calendar_aligned is confirmed by 200 and ignored."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=None), now)


@fault("lone-limit-ignored", "UPDATE", "should")
class LoneLimitIgnored(Governance):
    """A new budget limit counts only when a duration comes with it."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        lone = change.reset_duration is None
        return super().merge_budget(budget, replace(change, max_limit=None) if lone else change, now)


@fault("duration-lost-by-limit-change", "UPDATE", "should", proves=("UPDATE-07",))
class DurationLostByLimitChange(Governance):
    """A budget update without a duration falls back to 1M."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, reset_duration=change.reset_duration or "1M"), now)


@fault("alignment-lost-by-limit-change", "UPDATE", "should")
class AlignmentLostByLimitChange(Governance):
    """A budget update without the flag turns calendar alignment off."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=bool(change.calendar_aligned)), now)


@fault("lone-limit-moves-last-reset", "UPDATE", "should")
class LoneLimitMovesLastReset(Governance):
    """A budget limit without its duration begins a new period of a budget that follows the calendar."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        lone = change.reset_duration is None and budget.calendar_aligned
        return replace(after, last_reset=now) if lone else after


@fault("field-duration-alone-zeroes-limit", "UPDATE", "should", origin="blind-2")
class DurationAloneZeroesLimit(Governance):
    """A duration that is changed by itself stores the zero value of the limit."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.reset_duration is not None and change.max_limit is None:
            change = replace(change, max_limit=0.0)
        return super().merge_budget(budget, change, now)


@fault("field-limit-raised-to-spend", "UPDATE", "must", origin="blind-2")
class LimitRaisedToSpend(Governance):
    """A limit below what was already spent is silently raised to it."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=max(changed.max_limit, changed.current_usage))


@fault("field-fields-cannot-be-lowered", "UPDATE", "must", origin="blind-2")
class FieldsCannotBeLowered(Governance):
    """Limits are merged by the larger value, as when replicas are reconciled: they can be raised and not lowered."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=max(changed.max_limit, budget.max_limit))


@fault("field-second-limit-ignored", "UPDATE", "must", origin="blind-2")
class SecondLimitIgnored(Governance):
    """FirstOrCreate in place of an update: a limit that was changed once cannot be changed again."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.updated_at != budget.created_at:
            change = replace(change, max_limit=None)
        return super().merge_budget(budget, change, now)


@fault("field-same-limit-skips-rest", "UPDATE", "must", origin="blind-2")
class SameLimitSkipsRest(Governance):
    """Only the limit is checked for a difference: with the old limit, a new duration or flag is not saved."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        return budget if change.max_limit == budget.max_limit else changed


@fault("field-small-change-ignored", "UPDATE", "must", origin="blind-2")
class SmallChangeIgnored(Governance):
    """Limits are compared in whole dollars: a change of cents is not saved."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.max_limit is not None and int(change.max_limit) == int(budget.max_limit):
            change = replace(change, max_limit=budget.max_limit)
        return super().merge_budget(budget, change, now)


@fault("partial-budget-is-conflict", "UPDATE", "must")
class PartialBudgetIsConflict(Governance):
    """A budget without a duration is a 409 where there is one that is calendar-aligned."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.calendar_aligned and change.reset_duration is None:
            raise Refusal(409, "the budget follows the calendar")
        return super().change_budget(budget, change, now)


@fault("field-every-budget-update-starts-over", "UPDATE", "should", origin="blind-2")
class EveryBudgetUpdateStartsOver(Governance):
    """The whole row is written with the zero value of what the body did not hold: usage 0, last_reset now."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return changed if changed.calendar_aligned else replace(changed, current_usage=0.0, last_reset=now)
