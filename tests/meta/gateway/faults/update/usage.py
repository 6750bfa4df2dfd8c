"""Servers on which an update changes usage counters."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ...operations import Operations


@fault("usage-zeroed-by-limit-change", "UPDATE", "should", proves=("UPDATE-09",))
class UsageZeroedByLimitChange(Governance):
    """A new budget limit sets the usage to 0."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.max_limit == budget.max_limit else replace(after, current_usage=0.0)


@fault("usage-capped-at-limit", "UPDATE", "should")
class UsageCappedAtLimit(Governance):
    """A limit below the usage lowers the usage to the limit."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return replace(after, current_usage=min(after.current_usage, after.max_limit))


@fault("last-reset-moved-by-limit-change", "UPDATE", "should")
class LastResetMovedByLimitChange(Governance):
    """A new budget limit moves last_reset to now."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.max_limit == budget.max_limit else replace(after, last_reset=now)


@fault("token-usage-zeroed-by-limit-change", "UPDATE", "should")
class TokenUsageZeroedByLimitChange(Governance):
    """Every update of the rate limit sets the token counter to 0."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        after = super().change_rate_limit(rate_limit, change, now)
        return replace(after, token=replace(after.token, current_usage=0))


@fault("token-last-reset-moved", "UPDATE", "should")
class TokenLastResetMoved(Governance):
    """Every update of the rate limit moves token_last_reset to now."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        after = super().change_rate_limit(rate_limit, change, now)
        return replace(after, token=replace(after.token, last_reset=now))


@fault("change-of-both-zeroes-requests", "UPDATE", "should")
class ChangeOfBothZeroesRequests(Governance):
    """An update of both components sets the request counter to 0."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is None or change.rate_limit is None or after.rate_limit is None:
            return after
        return replace(
            after, rate_limit=replace(after.rate_limit, request=replace(after.rate_limit.request, current_usage=0))
        )


@fault("reading-zeroes-usage", "UPDATE", "should")
class ReadingZeroesUsage(Operations):
    """A GET of the unit sets the budget usage to 0."""

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None:
            self.store.save(replace(unit, budget=replace(unit.budget, current_usage=0.0)))
        return response


@fault("field-spend-counted-twice", "UPDATE", "should", origin="blind-2")
class SpendCountedTwice(Governance):
    """An update of the rate limit doubles the budget usage."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.rate_limit is None or change.budget is not None or after.budget is None:
            return after
        return replace(after, budget=replace(after.budget, current_usage=after.budget.current_usage * 2))


@fault("third-request-period-clears-tokens", "UPDATE", "should", origin="blind-3")
class RequestPeriodClearsTokens(Governance):
    """A new request duration sets the token counter to 0."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        changed = super().change_rate_limit(rate_limit, change, now)
        if changed.request.reset_duration == rate_limit.request.reset_duration:
            return changed
        return replace(changed, token=replace(changed.token, current_usage=0))
