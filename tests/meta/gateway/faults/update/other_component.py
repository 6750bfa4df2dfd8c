"""Servers on which an update changes a component that it does not mention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ...operations import Operations


@fault("omitted-budget-removed", "must", Governance.budget_after, proves=("UPDATE-04",))
def omitted_budget_removed(self: Governance, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
    """An update of the rate limit removes the budget."""
    return None if change is None else Governance.budget_after(self, unit, change, now)


@fault("omitted-rate-limit-removed", "must", Governance.rate_limit_after, proves=("UPDATE-04",))
def omitted_rate_limit_removed(
    self: Governance, unit: Unit, change: RateLimitChange | None, now: int
) -> RateLimit | None:
    """An update of the budget removes the rate limit."""
    return None if change is None else Governance.rate_limit_after(self, unit, change, now)


@fault("omitted-budget-recreated", "must", Governance.budget_after)
def omitted_budget_recreated(self: Governance, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
    """An update of the rate limit gives the budget a new id."""
    after = Governance.budget_after(self, unit, change, now)
    return replace(after, id=self.ids.new()) if change is None and after is not None else after


@fault("omitted-budget-unused", "must", Governance.budget_after)
def omitted_budget_unused(self: Governance, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
    """An update of the rate limit sets the usage of the budget to 0."""
    after = Governance.budget_after(self, unit, change, now)
    return replace(after, current_usage=0.0) if change is None and after is not None else after


@fault("repeated-update-removes-omitted-component", "must")
class RepeatedUpdateRemovesOmittedComponent(Operations):
    """An update that repeats the body of the update before it, of one component, removes the other one."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.last: dict[str, bytes] = {}

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        repeats = self.last.get(request.unit_id) == request.body
        self.last[request.unit_id] = request.body
        unit, document = self.store.find(request.unit_id), self.document(request)
        if not repeats or unit is None or not document:
            return response
        unit = replace(
            unit,
            budget=unit.budget if "budget" in document else None,
            rate_limit=unit.rate_limit if "rate_limit" in document else None,
        )
        self.store.save(unit)
        return Response(200, self.views.governed(response.payload["message"], unit))


@fault("field-unmentioned-budget-saved", "must", Governance.update, origin="blind-2")
def unmentioned_budget_saved(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update of the rate limit moves updated_at of the budget."""
    after = Governance.update(self, unit, change, now)
    if change.budget is None and change.rate_limit is not None and after.budget is not None:
        return replace(after, budget=replace(after.budget, updated_at=now))
    return after


@fault("rate-limit-beside-budget-ignored", "must", Bodies.update_of, proves=("UPDATE-15",))
def rate_limit_beside_budget_ignored(self: Bodies, body: Json) -> Change:
    """An update of both components changes only the budget."""
    both = bool(body.get("budget")) and bool(body.get("rate_limit"))
    return Bodies.update_of(self, {"budget": body["budget"]} if both else body)


@fault("first-member-counts", "must", Bodies.update_of)
def first_member_counts(self: Bodies, body: Json) -> Change:
    """An update ignores a budget that follows the rate limit in the body."""
    late = list(body)[:1] == ["rate_limit"] and bool(body.get("budget"))
    return Bodies.update_of(self, {"rate_limit": body["rate_limit"]} if late else body)


@fault("empty-update-removes-both", "must", Bodies.update_of, proves=("UPDATE-05",))
def empty_update_removes_both(self: Bodies, body: Json) -> Change:
    """The body {} removes both components."""
    return Bodies.update_of(self, body) if body else Change(BudgetChange(removes=True), RateLimitChange(removes=True))


@fault("lone-flag-removes-rate-limit", "must", Governance.update)
def lone_flag_removes_rate_limit(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """A budget that holds only calendar_aligned removes the rate limit."""
    after = Governance.update(self, unit, change, now)
    budget = change.budget
    lone = budget is not None and not budget.removes and budget.max_limit is None and budget.reset_duration is None
    return replace(after, rate_limit=None) if lone else after


@fault("third-budget-removal-swallows-other-change", "must", Governance.update, origin="blind-3")
def budget_removal_swallows_other_change(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update that removes the budget ignores a rate limit in the same body."""
    removes = change.budget is not None and change.budget.removes and unit.budget is not None
    if removes and change.rate_limit is not None and not change.rate_limit.removes:
        change = replace(change, rate_limit=None)
    return Governance.update(self, unit, change, now)


@fault("scarce-next-budget-restores-rate-limit", "must", origin="blind-9")
class NextBudgetRestoresRateLimit(Governance):
    """A budget that is set after one was removed puts the rate limit back to its state at the removal."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.kept: dict[str, RateLimit] = {}

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if unit.budget is not None and after.budget is None and after.rate_limit is not None:
            self.kept[unit.id] = after.rate_limit
        elif unit.budget is None and after.budget is not None:
            kept = self.kept.pop(unit.id, None)
            if kept is not None and after.rate_limit is not None and kept.id == after.rate_limit.id:
                return replace(after, rate_limit=kept)
        return after
