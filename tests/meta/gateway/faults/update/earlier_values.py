"""Faults of updates whose effect depends on earlier values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, RateLimit, RateLimitChange


@fault("subtle-first-limit-not-restored", "must", origin="blind-12")
class FirstLimitNotRestored(Governance):
    """An update that sets the limit of a budget back to its first value is ignored."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._first: dict[str, float] = {}

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        first = self._first.setdefault(budget.id, budget.max_limit)
        merged = super().merge_budget(budget, change, now)
        return replace(merged, max_limit=budget.max_limit) if merged.max_limit == first else merged


@fault("subtle-equal-durations-stay-equal", "must", Governance.change_rate_limit, origin="blind-12")
def equal_durations_stay_equal(self: Governance, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
    """A rate limit with equal durations for tokens and requests keeps them equal when an update sets different ones."""
    changed = Governance.change_rate_limit(self, rate_limit, change, now)
    if rate_limit.token.reset_duration != rate_limit.request.reset_duration:
        return changed
    return replace(changed, request=replace(changed.request, reset_duration=changed.token.reset_duration))
