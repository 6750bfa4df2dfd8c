"""Servers on which an update changes a component or a unit that it does not mention."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Store, Unit
from ...operations import Operations


@fault("omitted-budget-removed", "UPDATE", "must", proves=("UPDATE-04",))
class OmittedBudgetRemoved(Governance):
    """An update that does not mention the budget removes it."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        return None if change is None else super().budget_after(unit, change, now)


@fault("omitted-rate-limit-removed", "UPDATE", "must")
class OmittedRateLimitRemoved(Governance):
    """An update that does not mention the rate limit removes it."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        return None if change is None else super().rate_limit_after(unit, change, now)


@fault("omitted-budget-recreated", "UPDATE", "must")
class OmittedBudgetRecreated(Governance):
    """An update that does not mention the budget gives it a new id."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        after = super().budget_after(unit, change, now)
        return replace(after, id=self.ids.new()) if change is None and after is not None else after


@fault("omitted-budget-unused", "UPDATE", "must")
class OmittedBudgetUnused(Governance):
    """An update that does not mention the budget sets its usage to 0."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        after = super().budget_after(unit, change, now)
        return replace(after, current_usage=0.0) if change is None and after is not None else after


@fault("omitted-rate-limit-unused", "UPDATE", "must")
class OmittedRateLimitUnused(Governance):
    """An update that does not mention the rate limit sets its counters to 0."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        after = super().rate_limit_after(unit, change, now)
        if change is not None or after is None:
            return after
        token, request = replace(after.token, current_usage=0), replace(after.request, current_usage=0)
        return replace(after, token=token, request=request)


@fault("field-unmentioned-budget-saved", "UPDATE", "must", origin="blind-2")
class UnmentionedBudgetSaved(Governance):
    """An update of the rate limit moves updated_at of the budget."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is None and change.rate_limit is not None and after.budget is not None:
            return replace(after, budget=replace(after.budget, updated_at=now))
        return after


@fault("field-unmentioned-rate-limit-reinserted", "UPDATE", "must", origin="blind-2")
class UnmentionedRateLimitReinserted(Governance):
    """An update of the budget gives the rate limit a new id."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is not None and change.rate_limit is None and after.rate_limit is not None:
            return replace(after, rate_limit=replace(after.rate_limit, id=self.ids.new()))
        return after


@fault("rate-limit-beside-budget-ignored", "UPDATE", "must", proves=("UPDATE-15",))
class RateLimitBesideBudgetIgnored(Bodies):
    """An update of both components changes only the budget."""

    def update_of(self, body: Json) -> Change:
        both = bool(body.get("budget")) and bool(body.get("rate_limit"))
        return super().update_of({"budget": body["budget"]} if both else body)


@fault("field-single-budget-ignored", "UPDATE", "must", origin="blind-2")
class SingleBudgetIgnored(Bodies):
    """An update of both components changes only the rate limit."""

    def update_of(self, body: Json) -> Change:
        if body.get("budget") and body.get("rate_limit"):
            body = {name: value for name, value in body.items() if name != "budget"}
        return super().update_of(body)


@fault("first-member-counts", "UPDATE", "must")
class FirstMemberCounts(Bodies):
    """An update ignores a budget that follows the rate limit in the body."""

    def update_of(self, body: Json) -> Change:
        late = list(body)[:1] == ["rate_limit"] and bool(body.get("budget"))
        return super().update_of({"rate_limit": body["rate_limit"]} if late else body)


@fault("empty-update-removes-both", "UPDATE", "must", proves=("UPDATE-05",))
class EmptyUpdateRemovesBoth(Bodies):
    """The body {} removes both components."""

    def update_of(self, body: Json) -> Change:
        return super().update_of(body) if body else Change(BudgetChange(removes=True), RateLimitChange(removes=True))


@fault("lone-flag-removes-rate-limit", "UPDATE", "must")
class LoneFlagRemovesRateLimit(Governance):
    """A budget that holds only calendar_aligned removes the rate limit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        budget = change.budget
        lone = budget is not None and not budget.removes and budget.max_limit is None and budget.reset_duration is None
        return replace(after, rate_limit=None) if lone else after


@fault("third-budget-removal-swallows-other-change", "UPDATE", "must", origin="blind-3")
class BudgetRemovalSwallowsOtherChange(Governance):
    """An update that removes the budget ignores a rate limit in the same body."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        removes = change.budget is not None and change.budget.removes and unit.budget is not None
        if removes and change.rate_limit is not None and not change.rate_limit.removes:
            change = replace(change, rate_limit=None)
        return super().update(unit, change, now)


@fault("every-unit-updated", "UPDATE", "must", proves=("UPDATE-11",))
class EveryUnitUpdated(Operations):
    """An update of the budget changes the limit of every budget."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        budget = self.unit(request, self.clock.now()).budget
        for unit in self.store.units():
            if budget is not None and unit.budget is not None and unit.id != request.unit_id:
                self.store.save(replace(unit, budget=replace(unit.budget, max_limit=budget.max_limit)))
        return response


@fault("another-unit-emptied", "UPDATE", "must", proves=("LIFE-13",))
class AnotherUnitEmptied(Operations):
    """An update removes the governance of the previous unit in the list."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        units = self.store.units()
        position = [unit.id for unit in units].index(request.unit_id)
        if position > 0:
            self.store.save(replace(units[position - 1], budget=None, rate_limit=None))
        return response


@fault("field-equal-budgets-shared", "UPDATE", "must", origin="blind-2")
class EqualBudgetsShared(Store):
    """A first budget equal to that of another unit is shared, so a change of one changes both."""

    def save(self, unit: Unit) -> None:
        old = self.find(unit.id)
        others = [other for other in self.units() if other.id != unit.id and other.budget is not None]
        if unit.budget is not None and old is not None and old.budget is None:
            shape = (unit.budget.max_limit, unit.budget.reset_duration)
            twins = [o.budget for o in others if o.budget and (o.budget.max_limit, o.budget.reset_duration) == shape]
            unit = replace(unit, budget=twins[0]) if twins else unit
        for other in others:
            if unit.budget and other.budget and other.budget.id == unit.budget.id:
                super().save(replace(other, budget=unit.budget))
        super().save(unit)
