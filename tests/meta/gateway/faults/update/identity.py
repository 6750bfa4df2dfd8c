"""Servers on which an update changes ids, names or dates wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Json
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ...views import Views


@fault("budget-recreated-by-any-update", "UPDATE", "should", proves=("UPDATE-08",))
class BudgetRecreatedByAnyUpdate(Governance):
    """Every budget update gives the budget a new id."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return replace(super().merge_budget(budget, change, now), id=self.ids.new())


@fault("budget-recreated-by-duration-change", "UPDATE", "should")
class BudgetRecreatedByDurationChange(Governance):
    """An update of the duration gives the budget a new id."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.reset_duration == budget.reset_duration else replace(after, id=self.ids.new())


@fault("lone-limit-recreates-budget", "UPDATE", "should")
class LoneLimitRecreatesBudget(Governance):
    """A limit without a duration gives the budget a new id."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return replace(after, id=self.ids.new()) if change.reset_duration is None else after


@fault("rate-limit-recreated-by-any-update", "UPDATE", "should")
class RateLimitRecreatedByAnyUpdate(Governance):
    """Every update of the rate limit gives it a new id."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return replace(super().change_rate_limit(rate_limit, change, now), id=self.ids.new())


@fault("budget-id-follows-limit", "UPDATE", "should")
class BudgetIdFollowsLimit(Views):
    """The budget id is made of its limit and changes with it."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "id": f"budget-{self.amount(budget.max_limit)}"}


@fault("budget-created-at-moved", "UPDATE", "should")
class BudgetCreatedAtMoved(Governance):
    """Every budget update moves created_at of the budget."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return replace(super().merge_budget(budget, change, now), created_at=now)


@fault("rate-limit-created-at-moved", "UPDATE", "should")
class RateLimitCreatedAtMoved(Governance):
    """Every update of the rate limit moves its created_at."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return replace(super().change_rate_limit(rate_limit, change, now), created_at=now)


@fault("budget-updated-at-stuck", "UPDATE", "should", proves=("UPDATE-10",))
class BudgetUpdatedAtStuck(Governance):
    """An update does not move updated_at of the budget."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return replace(super().merge_budget(budget, change, now), updated_at=budget.updated_at)


@fault("rate-limit-updated-at-stuck", "UPDATE", "should")
class RateLimitUpdatedAtStuck(Governance):
    """An update does not move updated_at of the rate limit."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return replace(super().change_rate_limit(rate_limit, change, now), updated_at=rate_limit.updated_at)


@fault("unit-updated-at-stuck", "UPDATE", "should")
class UnitUpdatedAtStuck(Governance):
    """An update does not move updated_at of the unit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        return replace(super().update(unit, change, now), updated_at=unit.updated_at)


@fault("unit-renamed", "UPDATE", "must", proves=("UPDATE-16",))
class UnitRenamed(Governance):
    """An update of governance changes the name of the unit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        return replace(super().update(unit, change, now), name=f"{unit.name} (updated)")


@fault("unit-created-at-moved", "UPDATE", "should")
class UnitCreatedAtMoved(Governance):
    """An update of governance moves created_at of the unit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        return replace(super().update(unit, change, now), created_at=now)
