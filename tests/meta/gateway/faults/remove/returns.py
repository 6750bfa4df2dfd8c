"""Servers that bring back what was removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ...operations import Operations


@fault("removed-budget-returns", "must", proves=("REMOVE-10",))
class RemovedBudgetReturns(Governance):
    """The next update of the rate limit brings a removed budget back."""

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


class _Remembering(Governance):
    """Keeps the last budget and the last rate limit of each unit."""

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


@fault("removed-budget-returns-late", "must")
class RemovedBudgetReturnsLate(_Remembering):
    """The fifth update after the removal brings the budget back."""

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


@fault("field-removal-undone-by-rename", "should", origin="blind-2")
class RemovalUndoneByRename(Operations):
    """A rename brings a removed component back."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cached: dict[str, Unit] = {}

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        if before is not None:
            self.cached[before.id] = before
        return super().update_governance(request)

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        unit, old = self.store.find(request.unit_id), self.cached.get(request.unit_id)
        if unit is not None and old is not None:
            self.store.save(
                replace(unit, budget=unit.budget or old.budget, rate_limit=unit.rate_limit or old.rate_limit)
            )
        return response


@fault("recreated-budget-has-old-id", "should", proves=("REMOVE-08",))
class RecreatedBudgetHasOldId(_Remembering):
    """A budget created after a removal has the old id."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        new = super().new_budget(unit, change, now)
        return replace(new, id=self.budgets.get(unit.id, new).id)


@fault("recreated-budget-has-old-usage", "should")
class RecreatedBudgetHasOldUsage(_Remembering):
    """A budget created after a removal has the old usage."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        new = super().new_budget(unit, change, now)
        return replace(new, current_usage=self.budgets.get(unit.id, new).current_usage)


@fault("recreated-budget-has-old-dates", "should")
class RecreatedBudgetHasOldDates(_Remembering):
    """A budget created after a removal has the old created_at."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        new = super().new_budget(unit, change, now)
        return replace(new, created_at=self.budgets.get(unit.id, new).created_at)


@fault("recreated-budget-has-old-flag", "should")
class RecreatedBudgetHasOldFlag(_Remembering):
    """A budget created after the removal of a calendar-aligned one is aligned too."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        old = self.budgets.get(unit.id)
        if old is not None and old.calendar_aligned and change.calendar_aligned is None:
            change = replace(change, calendar_aligned=True)
        return super().new_budget(unit, change, now)


@fault("recreated-rate-limit-has-old-id", "should")
class RecreatedRateLimitHasOldId(_Remembering):
    """A rate limit created after a removal has the old id."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        new = super().new_rate_limit(unit, change, now)
        return replace(new, id=self.rate_limits.get(unit.id, new).id)


@fault("recreated-rate-limit-has-old-limits", "should")
class RecreatedRateLimitHasOldLimits(_Remembering):
    """A rate limit created after a removal has the old limits that the body does not set."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        new, old = super().new_rate_limit(unit, change, now), self.rate_limits.get(unit.id)
        if old is None:
            return new
        token = new.token if new.token.max_limit else replace(old.token, current_usage=0)
        request = new.request if new.request.max_limit else replace(old.request, current_usage=0)
        return replace(new, token=token, request=request)


@fault("third-update-leaves-governance-row", "must", origin="blind-3")
class UpdateLeavesGovernanceRow(Operations):
    """The creation of governance answers 409 after updates have removed both components."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._rows: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        if before is not None and after is not None:
            if after.budget is not None or after.rate_limit is not None:
                self._rows.discard(after.id)
            elif before.budget is not None or before.rate_limit is not None:
                self._rows.add(after.id)
        return response

    def check_ungoverned(self, unit: Unit) -> None:
        super().check_ungoverned(unit)
        if unit.id in self._rows:
            raise Refusal(409, "Business unit already has governance configured")
