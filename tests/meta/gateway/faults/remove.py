"""Servers that remove too little, too much, or not for good."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..governance import Governance
from ..messages import Json, Refusal
from ..model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ..views import Views


@fault("REMOVE", "must")
class EmptyBudgetIgnored(Governance):
    """budget: {} is answered 200 and removes nothing."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        return unit.budget if change is not None and change.removes else super().budget_after(unit, change, now)


@fault("REMOVE", "must")
class EmptyRateLimitIgnored(Governance):
    """rate_limit: {} is answered 200 and removes nothing."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        return unit.rate_limit if change is not None and change.removes else super().rate_limit_after(unit, change, now)


@fault("REMOVE", "must")
class EmptyBudgetRefused(Governance):
    """budget: {} is refused with 400."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes:
            raise Refusal(400, "budget must not be empty")
        return super().budget_after(unit, change, now)


@fault("REMOVE", "must")
class EmptyRateLimitRefused(Governance):
    """rate_limit: {} is refused with 400."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        if change is not None and change.removes:
            raise Refusal(400, "rate_limit must not be empty")
        return super().rate_limit_after(unit, change, now)


@fault("REMOVE", "must")
class EmptyBudgetZeroesUsageOnly(Governance):
    """budget: {} zeroes the usage of the budget and keeps it."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes:
            return unit.budget and replace(unit.budget, current_usage=0.0)
        return super().budget_after(unit, change, now)


@fault("REMOVE", "must")
class EmptyBudgetRemovesBoth(Governance):
    """budget: {} removes the rate limit as well."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        return replace(after, rate_limit=None) if change.budget and change.budget.removes else after


@fault("REMOVE", "must")
class EmptyRateLimitRemovesBoth(Governance):
    """rate_limit: {} removes the budget as well."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        return replace(after, budget=None) if change.rate_limit and change.rate_limit.removes else after


@fault("REMOVE", "must")
class EmptyRateLimitRemovesBudgetInstead(Governance):
    """rate_limit: {} removes the budget and keeps the rate limit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        if change.rate_limit is not None and change.rate_limit.removes:
            change = Change(BudgetChange(removes=True))
        return super().update(unit, change, now)


@fault("REMOVE", "must")
class RemovalIgnoresTheOtherComponent(Governance):
    """A body that removes one component and changes the other only removes."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        if change.budget is not None and change.budget.removes:
            change = replace(change, rate_limit=None)
        elif change.rate_limit is not None and change.rate_limit.removes:
            change = replace(change, budget=None)
        return super().update(unit, change, now)


@fault("REMOVE", "must")
class RemovingBudgetZeroesRateLimit(Governance):
    """Removing the budget zeroes what the rate limit counted."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if after.rate_limit is None or change.budget is None or not change.budget.removes:
            return after
        token, request = (replace(half, current_usage=0) for half in (after.rate_limit.token, after.rate_limit.request))
        return replace(after, rate_limit=replace(after.rate_limit, token=token, request=request))


@fault("REMOVE", "must")
class RemovedBudgetReturns(Governance):
    """A removed budget comes back with the next update of the rate limit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.hidden: dict[str, Budget] = {}

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes and unit.budget is not None:
            self.hidden[unit.id] = unit.budget
        return super().budget_after(unit, change, now)

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is None and change.rate_limit is not None and after.budget is None:
            return replace(after, budget=self.hidden.get(unit.id))
        return after


@fault("REMOVE", "must")
class RemovedRateLimitReturns(Governance):
    """A removed rate limit comes back with the next update of the budget."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.hidden: dict[str, RateLimit] = {}

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        if change.rate_limit is not None and change.rate_limit.removes and unit.rate_limit is not None:
            self.hidden[unit.id] = unit.rate_limit
        after = super().update(unit, change, now)
        if change.rate_limit is None and change.budget is not None and after.rate_limit is None:
            return replace(after, rate_limit=self.hidden.get(unit.id))
        return after


class _Remembering(Governance):
    """Remembers the last budget and rate limit of each unit, removed or not."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.budgets: dict[str, Budget] = {}
        self.rate_limits: dict[str, RateLimit] = {}

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        if unit.budget is not None:
            self.budgets[unit.id] = unit.budget
        if unit.rate_limit is not None:
            self.rate_limits[unit.id] = unit.rate_limit
        return super().update(unit, change, now)


@fault("REMOVE", "should")
class RecreatedBudgetHasOldId(_Remembering):
    """A budget that is created after a removal has the identifier of the old one."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        new = super().new_budget(unit, change, now)
        return replace(new, id=self.budgets.get(unit.id, new).id)


@fault("REMOVE", "should")
class RecreatedRateLimitHasOldId(_Remembering):
    """A rate limit that is created after a removal has the identifier of the old one."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        new = super().new_rate_limit(unit, change, now)
        return replace(new, id=self.rate_limits.get(unit.id, new).id)


@fault("REMOVE", "should")
class RecreatedBudgetHasOldUsage(_Remembering):
    """A budget that is created after a removal has the usage of the old one."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        new = super().new_budget(unit, change, now)
        return replace(new, current_usage=self.budgets.get(unit.id, new).current_usage)


@fault("REMOVE", "should")
class RecreatedRateLimitHasOldUsage(_Remembering):
    """A rate limit that is created after a removal counts on from the old one."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        new = super().new_rate_limit(unit, change, now)
        old = self.rate_limits.get(unit.id, new)
        return replace(new, token=replace(new.token, current_usage=old.token.current_usage))


@fault("REMOVE", "should")
class RecreatedBudgetHasOldDates(_Remembering):
    """A budget that is created after a removal has the created_at of the old one."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        new = super().new_budget(unit, change, now)
        return replace(new, created_at=self.budgets.get(unit.id, new).created_at)


@fault("REMOVE", "should")
class RecreatedBudgetHasOldFlag(_Remembering):
    """A budget that is created after the removal of a calendar-aligned one is aligned too."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        old = self.budgets.get(unit.id)
        if old is not None and old.calendar_aligned and change.calendar_aligned is None:
            change = replace(change, calendar_aligned=True)
        return super().new_budget(unit, change, now)


@fault("REMOVE", "should")
class RecreatedRateLimitHasOldLimits(_Remembering):
    """A rate limit that is created after a removal takes over the limits that it is not given."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        new, old = super().new_rate_limit(unit, change, now), self.rate_limits.get(unit.id)
        if old is None:
            return new
        token = new.token if new.token.max_limit else replace(old.token, current_usage=0)
        request = new.request if new.request.max_limit else replace(old.request, current_usage=0)
        return replace(new, token=token, request=request)


@fault("REMOVE", "must")
class RemovedBudgetReturnsLate(_Remembering):
    """A removed budget comes back with the fifth update after its removal."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.since: dict[str, int] = {}

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is not None or after.budget is not None:
            self.since[unit.id] = 0
            return after
        self.since[unit.id] = self.since.get(unit.id, 0) + 1
        return replace(after, budget=self.budgets.get(unit.id)) if self.since[unit.id] == 5 else after


@fault("REMOVE", "should")
class RemovalOfNothingRefused(Governance):
    """budget: {} is a 404 where there is no budget."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes and unit.budget is None:
            raise Refusal(404, "Budget not found")
        return super().budget_after(unit, change, now)


@fault("REMOVE", "must")
class RemovalOfNothingBreaks(Governance):
    """rate_limit: {} is a 500 where there is no rate limit."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        if change is not None and change.removes:
            assert unit.rate_limit is not None
        return super().rate_limit_after(unit, change, now)


# how an absent component is shown


@fault("REMOVE", "must")
class AbsentBudgetShownEmpty(Views):
    """A unit without a budget is shown with budget: {}."""

    def components(self, unit: Unit) -> Json:
        return {"budget": {}, **super().components(unit)}


@fault("REMOVE", "must")
class AbsentBudgetShownNull(Views):
    """A unit without a budget is shown with budget: null."""

    def components(self, unit: Unit) -> Json:
        return {"budget": None, **super().components(unit)}


@fault("REMOVE", "must")
class AbsentRateLimitShownNull(Views):
    """A unit without a rate limit is shown with rate_limit: null."""

    def components(self, unit: Unit) -> Json:
        return {"rate_limit": None, **super().components(unit)}


@fault("REMOVE", "must")
class AbsentBudgetIdShownNull(Views):
    """A unit without a budget is shown with budget_id: null."""

    def component_ids(self, unit: Unit) -> Json:
        return {"budget_id": None, **super().component_ids(unit)}


class _LastSeen(Views):
    """Remembers the components that each unit was last shown with."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.ids: dict[str, Json] = {}
        self.seen: dict[str, Json] = {}

    def components(self, unit: Unit) -> Json:
        view = super().components(unit)
        self.seen.setdefault(unit.id, {}).update(view)
        self.ids.setdefault(unit.id, {}).update(super().component_ids(unit))
        return view


@fault("REMOVE", "should")
class BudgetIdLeftBehind(_LastSeen):
    """budget_id still names a budget that was removed."""

    def component_ids(self, unit: Unit) -> Json:
        self.components(unit)
        left = {name: value for name, value in self.ids[unit.id].items() if name == "budget_id"}
        return {**left, **super().component_ids(unit)}


@fault("REMOVE", "should")
class RateLimitIdLeftBehind(_LastSeen):
    """rate_limit_id still names a rate limit that was removed."""

    def component_ids(self, unit: Unit) -> Json:
        self.components(unit)
        left = {name: value for name, value in self.ids[unit.id].items() if name == "rate_limit_id"}
        return {**left, **super().component_ids(unit)}


@fault("REMOVE", "must")
class RemovedBudgetStillRead(_LastSeen):
    """The answer to a removal lacks the budget, but the unit is still read with it."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        return {**{name: value for name, value in self.seen[unit.id].items() if name == "budget"}, **view}


@fault("REMOVE", "must")
class RemovedRateLimitStillAnswered(_LastSeen):
    """The rate limit is removed, but the answer to the removal shows it."""

    def unit(self, unit: Unit) -> Json:
        view = super().unit(unit)
        return {**{name: value for name, value in self.seen[unit.id].items() if name == "rate_limit"}, **view}


@fault("REMOVE", "should")
class BudgetIdReturns(_LastSeen):
    """The answer to a removal lacks budget_id, and later answers have it again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.shown_without: set[str] = set()

    def component_ids(self, unit: Unit) -> Json:
        self.components(unit)
        if unit.budget is None and unit.id not in self.shown_without:
            self.shown_without.add(unit.id)
            return super().component_ids(unit)
        left = {name: value for name, value in self.ids[unit.id].items() if name == "budget_id"}
        return {**left, **super().component_ids(unit)}
