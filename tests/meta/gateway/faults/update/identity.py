"""Servers on which an update changes ids, names or dates wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Json
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ...views import Views


@fault("budget-recreated-by-any-update", "should", Governance.merge_budget, proves=("UPDATE-08",))
def budget_recreated_by_any_update(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """Every budget update gives the budget a new id."""
    return replace(Governance.merge_budget(self, budget, change, now), id=self.ids.new())


@fault("budget-recreated-by-duration-change", "should", Governance.merge_budget)
def budget_recreated_by_duration_change(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update of the duration gives the budget a new id."""
    after = Governance.merge_budget(self, budget, change, now)
    return after if after.reset_duration == budget.reset_duration else replace(after, id=self.ids.new())


@fault("rate-limit-recreated-by-any-update", "should", Governance.change_rate_limit)
def rate_limit_recreated_by_any_update(
    self: Governance, rate_limit: RateLimit, change: RateLimitChange, now: int
) -> RateLimit:
    """Every update of the rate limit gives it a new id."""
    return replace(Governance.change_rate_limit(self, rate_limit, change, now), id=self.ids.new())


@fault("budget-id-follows-limit", "should", Views.budget)
def budget_id_follows_limit(self: Views, budget: Budget) -> Json:
    """The budget id is made of its limit and changes with it."""
    return {**Views.budget(self, budget), "id": f"budget-{self.amount(budget.max_limit)}"}


@fault("budget-created-at-moved", "should", Governance.merge_budget)
def budget_created_at_moved(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """Every budget update moves created_at of the budget."""
    return replace(Governance.merge_budget(self, budget, change, now), created_at=now)


@fault("rate-limit-created-at-moved", "should", Governance.change_rate_limit)
def rate_limit_created_at_moved(
    self: Governance, rate_limit: RateLimit, change: RateLimitChange, now: int
) -> RateLimit:
    """Every update of the rate limit moves its created_at."""
    return replace(Governance.change_rate_limit(self, rate_limit, change, now), created_at=now)


@fault("budget-updated-at-stuck", "should", Governance.merge_budget, proves=("UPDATE-10",))
def budget_updated_at_stuck(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update does not move updated_at of the budget."""
    return replace(Governance.merge_budget(self, budget, change, now), updated_at=budget.updated_at)


@fault("rate-limit-updated-at-stuck", "should", Governance.change_rate_limit)
def rate_limit_updated_at_stuck(
    self: Governance, rate_limit: RateLimit, change: RateLimitChange, now: int
) -> RateLimit:
    """An update does not move updated_at of the rate limit."""
    return replace(Governance.change_rate_limit(self, rate_limit, change, now), updated_at=rate_limit.updated_at)


@fault("unit-updated-at-stuck", "should", Governance.update)
def unit_updated_at_stuck(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update does not move updated_at of the unit."""
    return replace(Governance.update(self, unit, change, now), updated_at=unit.updated_at)


@fault("unit-renamed", "must", Governance.update, proves=("UPDATE-16",))
def unit_renamed(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update of governance changes the name of the unit."""
    return replace(Governance.update(self, unit, change, now), name=f"{unit.name} (updated)")


@fault("unit-created-at-moved", "must", Governance.update)
def unit_created_at_moved(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update of governance moves created_at of the unit."""
    return replace(Governance.update(self, unit, change, now), created_at=now)
