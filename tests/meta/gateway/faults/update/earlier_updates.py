"""Servers whose updates depend on earlier requests."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
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


@fault("field-repeated-body-replayed", "must", origin="blind-2")
class RepeatedBodyReplayed(Operations):
    """The server replays its old response to a body that the unit has received in the last ten seconds."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seen: dict[tuple[str, bytes], tuple[float, Response]] = {}

    def update_governance(self, request: Request) -> Response:
        key = (request.unit_id, request.body)
        if key in self.seen and time.monotonic() - self.seen[key][0] < 10:
            return self.seen[key][1]
        response = super().update_governance(request)
        self.seen[key] = (time.monotonic(), response)
        return response


@fault("seldom-body-for-missing-unit-kept", "must", origin="blind-11")
class BodyForMissingUnitKept(Operations):
    """An update with an empty body carries out the body of the update before it if that one was answered 404."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.buffer = b""

    def update_governance(self, request: Request) -> Response:
        body, self.buffer = request.body or self.buffer, b""
        try:
            return super().update_governance(replace(request, body=body))
        except Refusal as refusal:
            if refusal.status == 404:
                self.buffer = body
            raise


@fault("late-deletion-drops-pending-update", "must", origin="blind-6")
class DeletionDropsPendingUpdate(Operations):
    """An update of governance is undone if the next request deletes another unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.before: Unit | None = None

    def run(self, request: Request) -> Response:
        with self.store.transaction():
            before, self.before = self.before, None
            response = super().run(request)
            if before is not None and request.operation == "deleteBusinessUnit" and request.unit_id != before.id:
                self.store.save(before)
            return response

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        self.before = before
        return response
