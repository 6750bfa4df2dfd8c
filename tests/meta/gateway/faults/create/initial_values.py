"""Servers that give a new component wrong initial values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...model import Budget, BudgetChange, Change, HalfChange, RateLimit, RateLimitChange, Unit


@fault("first-usage-not-zero", "CREATE", "should", proves=("CREATE-04",))
class FirstUsageNotZero(Governance):
    """A first budget has a usage of one cent."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), current_usage=0.01)


@fault("first-requests-not-zero", "CREATE", "should")
class FirstRequestsNotZero(Governance):
    """A first rate limit has a request counter of 1."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        new = super().new_rate_limit(unit, change, now)
        return replace(new, request=replace(new.request, current_usage=1))


@fault("first-period-begins-at-epoch", "CREATE", "should")
class FirstPeriodBeginsAtEpoch(Governance):
    """A first budget has a last_reset in 1970."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), last_reset=0)

    def budget_start(self, budget: Budget, now: int) -> int:
        return super().budget_start(budget, now) if budget.last_reset else 0


@fault("budget-ids-shared", "CREATE", "should")
class BudgetIdsShared(Governance):
    """Every first budget has the same id."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), id="budget-1")


@fault("field-first-budget-borrows-spend", "CREATE", "should", origin="blind-2")
class FirstBudgetBorrowsSpend(Governance):
    """A first budget has the request counter of the rate limit as its usage."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        counted = unit.rate_limit.request.current_usage if unit.rate_limit else 0
        return replace(budget, current_usage=float(counted))


@fault("third-first-request-limit-is-float", "CREATE", "must", origin="blind-3")
class FirstRequestLimitIsFloat(Bodies):
    """The server reads a first request limit as a double, so it loses its last digits beyond 2^53."""

    def creation(self, document: Any) -> Change:
        change = super().creation(document)
        limits = change.rate_limit
        if limits is None or limits.request.max_limit is None:
            return change
        rounded = min(int(float(limits.request.max_limit)), 2**63 - 1)
        return replace(change, rate_limit=replace(limits, request=replace(limits.request, max_limit=rounded)))


@fault("field-creation-swaps-pairs", "CREATE", "must", origin="blind-2")
class CreationSwapsPairs(Governance):
    """A first rate limit with both pairs is stored with tokens and requests swapped."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        if HalfChange() not in (change.token, change.request):
            change = replace(change, token=change.request, request=change.token)
        return super().new_rate_limit(unit, change, now)


@fault("field-first-rate-limit-partly-stored", "CREATE", "should", origin="blind-2")
class FirstRateLimitPartlyStored(Governance):
    """The server stores a first rate limit without its duration."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        if purpose != "create":
            super().check_rate_limit(rate_limit, purpose)
