"""Servers on which an update changes usage counters."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ...operations import Operations


@fault("usage-zeroed-by-limit-change", "should", Governance.merge_budget, proves=("UPDATE-09",))
def usage_zeroed_by_limit_change(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A new budget limit sets the usage to 0."""
    after = Governance.merge_budget(self, budget, change, now)
    return after if after.max_limit == budget.max_limit else replace(after, current_usage=0.0)


@fault("usage-capped-at-limit", "should", Governance.merge_budget)
def usage_capped_at_limit(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A limit below the usage lowers the usage to the limit."""
    after = Governance.merge_budget(self, budget, change, now)
    return replace(after, current_usage=min(after.current_usage, after.max_limit))


@fault("last-reset-moved-by-limit-change", "should", Governance.merge_budget)
def last_reset_moved_by_limit_change(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A new budget limit moves last_reset to now."""
    after = Governance.merge_budget(self, budget, change, now)
    return after if after.max_limit == budget.max_limit else replace(after, last_reset=now)


@fault("token-usage-zeroed-by-limit-change", "should", Governance.change_rate_limit)
def token_usage_zeroed_by_limit_change(
    self: Governance, rate_limit: RateLimit, change: RateLimitChange, now: int
) -> RateLimit:
    """Every update of the rate limit sets the token counter to 0."""
    after = Governance.change_rate_limit(self, rate_limit, change, now)
    return replace(after, token=replace(after.token, current_usage=0))


@fault("change-of-both-zeroes-requests", "should", Governance.update)
def change_of_both_zeroes_requests(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update of both components sets the request counter to 0."""
    after = Governance.update(self, unit, change, now)
    if change.budget is None or change.rate_limit is None or after.rate_limit is None:
        return after
    return replace(
        after, rate_limit=replace(after.rate_limit, request=replace(after.rate_limit.request, current_usage=0))
    )


@fault("reading-zeroes-usage", "should", Operations.get_unit)
def reading_zeroes_usage(self: Operations, request: Request) -> Response:
    """A GET of the unit sets the budget usage to 0."""
    response = Operations.get_unit(self, request)
    unit = self.unit(request, self.clock.now())
    if unit.budget is not None:
        self.store.save(replace(unit, budget=replace(unit.budget, current_usage=0.0)))
    return response


@fault("field-spend-counted-twice", "should", Governance.update, origin="blind-2")
def spend_counted_twice(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update of the rate limit doubles the budget usage."""
    after = Governance.update(self, unit, change, now)
    if change.rate_limit is None or change.budget is not None or after.budget is None:
        return after
    return replace(after, budget=replace(after.budget, current_usage=after.budget.current_usage * 2))


@fault("third-request-period-clears-tokens", "should", Governance.change_rate_limit, origin="blind-3")
def request_period_clears_tokens(
    self: Governance, rate_limit: RateLimit, change: RateLimitChange, now: int
) -> RateLimit:
    """A new request duration sets the token counter to 0."""
    changed = Governance.change_rate_limit(self, rate_limit, change, now)
    if changed.request.reset_duration == rate_limit.request.reset_duration:
        return changed
    return replace(changed, token=replace(changed.token, current_usage=0))
