"""Servers whose updates depend on earlier updates, of the same unit or of another one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, Unit
from ...operations import Operations


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


@fault("scarce-equal-body-for-next-unit-lost", "must", origin="blind-9")
class EqualBodyForNextUnitLost(Operations):
    """An update answers 200 and stores nothing if the request just before it sent the same body to another unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.previous: tuple[str, bytes] | None = None

    def run(self, request: Request) -> Response:
        previous, self.previous = self.previous, None
        repeats = previous is not None and previous[0] != request.parameters.get("id") and previous[1] == request.body
        with self.store.transaction():
            before = self.store.find(request.parameters.get("id", ""))
            response = super().run(request)
            if request.operation == "updateBusinessUnitGovernance":
                self.previous = (request.unit_id, request.body)
                if repeats and before is not None:
                    self.store.save(before)
        return response


@fault("scarce-empty-update-repeats-last", "must", origin="blind-9")
class EmptyUpdateRepeatsLast(Operations):
    """The update {} of a unit whose governance was deleted carries out the last update of the unit once more."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.last: dict[str, bytes] = {}

    def update_governance(self, request: Request) -> Response:
        empty = self.bodies.update(self.document(request)) == Change()
        unit = self.unit(request, self.clock.now())
        if empty and unit.budget is None and unit.rate_limit is None:
            return super().update_governance(replace(request, body=self.last.get(unit.id, request.body)))
        response = super().update_governance(request)
        if not empty:
            self.last[unit.id] = request.body
        return response
