"""Updates that are stored wrongly for unusual values, or are lost or half refused in unusual states."""

from __future__ import annotations

import contextlib
import math
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Half, HalfChange, RateLimit, RateLimitChange, Unit
from ...operations import Operations
from ..common import AfterRefusal


def _kept(old: str | None, new: str | None) -> str | None:
    """Return the new duration, or the old one if they differ in the case of letters only."""
    return old if old is not None and new is not None and old.lower() == new.lower() else new


@fault("late-month-after-minute-ignored", "must", origin="blind-6")
class MonthAfterMinuteIgnored(Governance):
    """An update ignores a new duration that differs from the stored one only in case, such as 5M after 5m."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        kept = _kept(budget.reset_duration, change.reset_duration)
        return super().merge_budget(budget, replace(change, reset_duration=kept), now)

    def change_half(self, half: Half, change: HalfChange, now: int) -> Half:
        kept = _kept(half.reset_duration, change.reset_duration)
        return super().change_half(half, replace(change, reset_duration=kept), now)


@fault("late-limit-of-fifteen-digits", "must", origin="blind-6")
class LimitOfFifteenDigits(Bodies):
    """The server stores only fifteen significant digits of budget limits."""

    def number(self, value: Any) -> float:
        amount = super().number(value)
        rounded = float(f"{amount:.15g}")
        return rounded if math.isfinite(rounded) else amount


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


@fault("late-limit-without-duration-restarts-periods", "must", origin="blind-6")
class LimitWithoutDurationRestartsPeriods(AfterRefusal):
    """An update refused for a limit without a duration begins both periods of the existing rate limit anew."""

    def after_refusal(self, request: Request, refusal: Refusal) -> None:
        now = self.clock.now()
        with contextlib.suppress(Refusal):
            change = self.bodies.update(self.document(request)).rate_limit
            unit = self.store.find(request.unit_id)
            if unit is None or unit.rate_limit is None or change is None or change.removes:
                return
            if self.is_refused(unit.rate_limit, change, now):
                halves = [
                    replace(half, current_usage=0, last_reset=now)
                    for half in (unit.rate_limit.token, unit.rate_limit.request)
                ]
                self.store.save(replace(unit, rate_limit=replace(unit.rate_limit, token=halves[0], request=halves[1])))

    def is_refused(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> bool:
        """Return whether the change does not fit the existing rate limit."""
        try:
            self.governance.change_rate_limit(rate_limit, change, now)
        except Refusal:
            return True
        return False
