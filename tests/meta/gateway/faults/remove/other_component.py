"""Servers on which a removal affects something else."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Request, Response
from ...model import BudgetChange, Change, Unit
from ...operations import Operations


@fault("empty-budget-removes-both", "REMOVE", "must", proves=("REMOVE-03",))
class EmptyBudgetRemovesBoth(Governance):
    """`budget: {}` removes the rate limit as well."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        return replace(after, rate_limit=None) if change.budget and change.budget.removes else after


@fault("empty-rate-limit-removes-both", "REMOVE", "must", proves=("REMOVE-03",))
class EmptyRateLimitRemovesBoth(Governance):
    """`rate_limit: {}` removes the budget as well."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        return replace(after, budget=None) if change.rate_limit and change.rate_limit.removes else after


@fault("empty-rate-limit-removes-budget-instead", "REMOVE", "must")
class EmptyRateLimitRemovesBudgetInstead(Governance):
    """`rate_limit: {}` removes the budget and keeps the rate limit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        if change.rate_limit is not None and change.rate_limit.removes:
            change = Change(BudgetChange(removes=True))
        return super().update(unit, change, now)


@fault(
    "removal-ignores-the-other-component",
    "REMOVE",
    "must",
    proves=(
        "REMOVE-05",
        "REMOVE-09",
    ),
)
class RemovalIgnoresTheOtherComponent(Governance):
    """An update that removes one component ignores a change of the other."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        if change.budget is not None and change.budget.removes:
            change = replace(change, rate_limit=None)
        elif change.rate_limit is not None and change.rate_limit.removes:
            change = replace(change, budget=None)
        return super().update(unit, change, now)


@fault("removing-budget-zeroes-rate-limit", "REMOVE", "must", proves=("REMOVE-03",))
class RemovingBudgetZeroesRateLimit(Governance):
    """The removal of the budget sets the counters of the rate limit to 0."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if after.rate_limit is None or change.budget is None or not change.budget.removes:
            return after
        token, request = (replace(half, current_usage=0) for half in (after.rate_limit.token, after.rate_limit.request))
        return replace(after, rate_limit=replace(after.rate_limit, token=token, request=request))


@fault("field-removal-takes-both", "REMOVE", "must", origin="blind-2")
class RemovalTakesBoth(Governance):
    """An update with `budget: {}` alone removes the rate limit as well."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        removes = change.budget is not None and change.budget.removes and change.rate_limit is None
        return replace(after, rate_limit=None) if removes else after


@fault("field-only-budget-of-two-removed", "REMOVE", "must", origin="blind-2")
class OnlyBudgetOfTwoRemoved(Bodies):
    """An update that removes the budget ignores everything about the rate limit."""

    def update_of(self, body: Json) -> Change:
        change = super().update_of(body)
        return replace(change, rate_limit=None) if change.budget is not None and change.budget.removes else change


@fault("field-setting-beside-removal-dropped", "REMOVE", "must", origin="blind-2")
class SettingBesideRemovalDropped(Governance):
    """An update that removes the budget ignores a first rate limit in the same body."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        if change.budget is not None and change.budget.removes:
            change = replace(change, rate_limit=change.rate_limit if unit.rate_limit else None)
        return super().update(unit, change, now)


@fault("field-removal-unsets-also-spend", "REMOVE", "must", proves=("REMOVE-03",), origin="blind-2")
class RemovalUnsetsAlsoSpend(Governance):
    """The removal of the rate limit sets the budget usage to 0."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        removes = change.rate_limit is not None and change.rate_limit.removes and change.budget is None
        return replace(after, budget=replace(after.budget, current_usage=0.0)) if removes and after.budget else after


@fault("field-deletion-unassigns-teams", "REMOVE", "must", origin="blind-2")
class DeletionUnassignsTeams(Operations):
    """The deletion of governance unassigns the teams of the unit."""

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.unassign_teams(unit)
        return response


@fault("field-deletion-takes-unit", "REMOVE", "must", origin="blind-2")
class DeletionTakesUnit(Operations):
    """The deletion of governance deletes a unit that has both components."""

    def delete_governance(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        response = super().delete_governance(request)
        if unit is not None and unit.budget is not None and unit.rate_limit is not None:
            self.store.remove(unit.id)
        return response
