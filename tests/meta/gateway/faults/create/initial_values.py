"""Servers that give a new component wrong initial values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json
from ...model import Budget, BudgetChange, HalfChange, RateLimit, RateLimitChange, Unit


@fault("first-usage-not-zero", "should", Governance.new_budget, proves=("CREATE-04",))
def first_usage_not_zero(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """A first budget has a usage of one cent."""
    return replace(Governance.new_budget(self, unit, change, now), current_usage=0.01)


@fault("first-requests-not-zero", "should", Governance.new_rate_limit)
def first_requests_not_zero(self: Governance, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
    """A first rate limit has a request counter of 1."""
    new = Governance.new_rate_limit(self, unit, change, now)
    return replace(new, request=replace(new.request, current_usage=1))


@fault("first-period-begins-at-epoch", "should")
class FirstPeriodBeginsAtEpoch(Governance):
    """A first budget has a last_reset in 1970."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), last_reset=0)

    def budget_start(self, budget: Budget, now: int) -> int:
        return super().budget_start(budget, now) if budget.last_reset else 0


@fault("budget-ids-shared", "should", Governance.new_budget)
def budget_ids_shared(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """Every first budget has the same id."""
    return replace(Governance.new_budget(self, unit, change, now), id="budget-1")


@fault("field-first-budget-borrows-spend", "should", Governance.new_budget, origin="blind-2")
def first_budget_borrows_spend(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """A first budget has the request counter of the rate limit as its usage."""
    budget = Governance.new_budget(self, unit, change, now)
    counted = unit.rate_limit.request.current_usage if unit.rate_limit else 0
    return replace(budget, current_usage=float(counted))


@fault("field-creation-swaps-pairs", "must", Governance.new_rate_limit, origin="blind-2")
def creation_swaps_pairs(self: Governance, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
    """A first rate limit with both pairs is stored with tokens and requests swapped."""
    if HalfChange() not in (change.token, change.request):
        change = replace(change, token=change.request, request=change.token)
    return Governance.new_rate_limit(self, unit, change, now)


LARGEST = 2**31 - 1


@fault("rare-first-counts-capped-at-32-bits", "must", origin="blind-4")
class FirstCountsCappedAt32Bits(Bodies):
    """The creation of governance stores limits of 2^31 or more, on tokens or requests, as 2^31 - 1."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        if purpose != "create":
            return change
        return replace(change, token=self.capped(change.token), request=self.capped(change.request))

    def capped(self, half: HalfChange) -> HalfChange:
        """Return the half with a limit that fits into 32 bits."""
        return half if half.max_limit is None else replace(half, max_limit=min(half.max_limit, LARGEST))


@fault("next-creation-takes-pair-of-creation-before", "must", origin="blind-7")
class CreationTakesPairOfCreationBefore(Bodies):
    """A creation of a rate limit with one pair takes the other pair from the body of the creation before it."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.before = RateLimitChange()

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        if purpose != "create":
            return change
        before, self.before = self.before, change
        if (change.token == HalfChange()) == (change.request == HalfChange()):
            return change
        return RateLimitChange(
            before.token if change.token == HalfChange() else change.token,
            before.request if change.request == HalfChange() else change.request,
        )


@fault("fresh-equal-pairs-merged", "must", origin="blind-5")
class EqualPairsMerged(Governance):
    """A first rate limit whose token pair and request pair are equal is stored without the request pair."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        if change.token == change.request:
            change = replace(change, request=HalfChange())
        return super().new_rate_limit(unit, change, now)
