"""Servers on which a removal affects something else."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import BudgetChange, Change, Unit
from ...operations import Operations


@fault("empty-budget-removes-both", "must", Governance.update, proves=("REMOVE-03",))
def empty_budget_removes_both(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """`budget: {}` removes the rate limit as well."""
    after = Governance.update(self, unit, change, now)
    return replace(after, rate_limit=None) if change.budget and change.budget.removes else after


@fault("empty-rate-limit-removes-both", "must", Governance.update, proves=("REMOVE-03",))
def empty_rate_limit_removes_both(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """`rate_limit: {}` removes the budget as well."""
    after = Governance.update(self, unit, change, now)
    return replace(after, budget=None) if change.rate_limit and change.rate_limit.removes else after


@fault("empty-rate-limit-removes-budget-instead", "must", Governance.update)
def empty_rate_limit_removes_budget_instead(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """`rate_limit: {}` removes the budget and keeps the rate limit."""
    if change.rate_limit is not None and change.rate_limit.removes:
        change = Change(BudgetChange(removes=True))
    return Governance.update(self, unit, change, now)


@fault("removal-ignores-the-other-component", "must", Governance.update, proves=("REMOVE-05", "REMOVE-09"))
def removal_ignores_the_other_component(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update that removes one component ignores a change of the other."""
    if change.budget is not None and change.budget.removes:
        change = replace(change, rate_limit=None)
    elif change.rate_limit is not None and change.rate_limit.removes:
        change = replace(change, budget=None)
    return Governance.update(self, unit, change, now)


@fault("removing-budget-zeroes-rate-limit", "must", Governance.update, proves=("REMOVE-03",))
def removing_budget_zeroes_rate_limit(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """The removal of the budget sets the counters of the rate limit to 0."""
    after = Governance.update(self, unit, change, now)
    if after.rate_limit is None or change.budget is None or not change.budget.removes:
        return after
    token, request = (replace(half, current_usage=0) for half in (after.rate_limit.token, after.rate_limit.request))
    return replace(after, rate_limit=replace(after.rate_limit, token=token, request=request))


@fault("field-setting-beside-removal-dropped", "must", Governance.update, origin="blind-2")
def setting_beside_removal_dropped(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update that removes the budget ignores a first rate limit in the same body."""
    if change.budget is not None and change.budget.removes:
        change = replace(change, rate_limit=change.rate_limit if unit.rate_limit else None)
    return Governance.update(self, unit, change, now)


@fault("field-removal-unsets-also-spend", "must", Governance.update, proves=("REMOVE-03",), origin="blind-2")
def removal_unsets_also_spend(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """The removal of the rate limit sets the budget usage to 0."""
    after = Governance.update(self, unit, change, now)
    removes = change.rate_limit is not None and change.rate_limit.removes and change.budget is None
    return replace(after, budget=replace(after.budget, current_usage=0.0)) if removes and after.budget else after


@fault("rare-refused-rate-limit-removes-budget", "must", origin="blind-4")
class RefusedRateLimitRemovesBudget(Operations):
    """An update refused for its rate_limit still removes the budget if it has an empty budget."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 400 and unit is not None and self.asks_for_removal(request):
                self.store.save(replace(unit, budget=None))
            raise

    def asks_for_removal(self, request: Request) -> bool:
        """Return whether the body has an empty budget."""
        try:
            body = self.document(request)
        except Refusal:
            return False
        return isinstance(body, dict) and body.get("budget") == {}
