"""Servers that ignore or misread a removal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, HalfChange, Ids, RateLimit, RateLimitChange, Unit
from ...operations import Operations
from ...settings import Settings


@fault("empty-budget-ignored", "must", Governance.budget_after, proves=("REMOVE-01",))
def empty_budget_ignored(self: Governance, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
    """The server answers 200 to `budget: {}` and keeps the budget."""
    return unit.budget if change is not None and change.removes else Governance.budget_after(self, unit, change, now)


@fault("empty-rate-limit-ignored", "must", Governance.rate_limit_after, proves=("REMOVE-02",))
def empty_rate_limit_ignored(
    self: Governance, unit: Unit, change: RateLimitChange | None, now: int
) -> RateLimit | None:
    """The server answers 200 to `rate_limit: {}` and keeps the rate limit."""
    return (
        unit.rate_limit
        if change is not None and change.removes
        else Governance.rate_limit_after(self, unit, change, now)
    )


@fault("empty-budget-refused", "must", Governance.budget_after)
def empty_budget_refused(self: Governance, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
    """The server answers 400 to `budget: {}`."""
    if change is not None and change.removes:
        raise Refusal(400, "budget must not be empty")
    return Governance.budget_after(self, unit, change, now)


@fault("field-aligned-budget-stays", "must", Governance.budget_after, origin="blind-2")
def aligned_budget_stays(self: Governance, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
    """The removal of a calendar-aligned budget only turns its alignment off."""
    if change is not None and change.removes and unit.budget is not None and unit.budget.calendar_aligned:
        return replace(unit.budget, calendar_aligned=False, updated_at=now)
    return Governance.budget_after(self, unit, change, now)


@fault("field-component-in-use-stays", "must", origin="blind-2")
class ComponentInUseStays(Governance):
    """The server answers 200 to the removal of a component with usage and keeps it."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes and unit.budget is not None and unit.budget.current_usage > 0:
            return unit.budget
        return super().budget_after(unit, change, now)

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        old = unit.rate_limit
        if change is not None and change.removes and old and old.token.current_usage + old.request.current_usage:
            return old
        return super().rate_limit_after(unit, change, now)


@fault("field-empty-object-compared-as-text", "must", Bodies.document, origin="blind-2")
def empty_object_compared_as_text(self: Bodies, body: bytes) -> Any:
    """The server ignores a removal whose empty object contains a blank."""
    document = Bodies.document(self, body)
    if isinstance(document, dict) and b"{}" not in body:
        return {name: value for name, value in document.items() if value != {}}
    return document


@fault("field-last-component-cannot-go", "must", Governance.update, origin="blind-2")
def last_component_cannot_go(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """The server refuses to remove the last component of a unit."""
    after = Governance.update(self, unit, change, now)
    if after.budget is None and after.rate_limit is None and after is not unit:
        raise Refusal(400, "at least one of budget and rate_limit is required")
    return after


@fault("field-removal-clears-tokens-only", "must", Governance.rate_limit_after, origin="blind-2")
def removal_clears_tokens_only(
    self: Governance, unit: Unit, change: RateLimitChange | None, now: int
) -> RateLimit | None:
    """The removal of the rate limit removes only its token pair."""
    old = unit.rate_limit
    if change is None or not change.removes or old is None or old.request.max_limit is None:
        return Governance.rate_limit_after(self, unit, change, now)
    return replace(old, token=self.new_half(HalfChange(), now), updated_at=now)


@fault("field-removal-clears-limits-only", "must", Governance.rate_limit_after, origin="blind-2")
def removal_clears_limits_only(
    self: Governance, unit: Unit, change: RateLimitChange | None, now: int
) -> RateLimit | None:
    """The removal of the rate limit clears its limits and keeps the rate limit."""
    if change is None or not change.removes or unit.rate_limit is None:
        return Governance.rate_limit_after(self, unit, change, now)
    token, request = (
        replace(half, max_limit=None, reset_duration=None) for half in (unit.rate_limit.token, unit.rate_limit.request)
    )
    return replace(unit.rate_limit, token=token, request=request, updated_at=now)


@fault("third-budget-removed-only-once", "must", origin="blind-3")
class BudgetRemovedOnlyOnce(Governance):
    """The server ignores the second removal of a budget of the same unit."""

    def __init__(self, settings: Settings, ids: Ids) -> None:
        super().__init__(settings, ids)
        self._tombstones: set[str] = set()

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes and unit.budget is not None:
            if unit.id in self._tombstones:
                return unit.budget
            self._tombstones.add(unit.id)
        return super().budget_after(unit, change, now)


_BOTH = Change(BudgetChange(removes=True), RateLimitChange(removes=True))


@fault("quiet-second-of-two-removals-lost", "must", Operations.update_governance, origin="blind-10")
def second_of_two_removals_lost(self: Operations, request: Request) -> Response:
    """An update that removes both components at once answers without them but keeps the rate limit."""
    before = self.store.find(request.unit_id)
    response = Operations.update_governance(self, request)
    after = self.store.find(request.unit_id)
    if before is not None and after is not None and self.bodies.update(self.document(request)) == _BOTH:
        self.store.save(replace(after, rate_limit=before.rate_limit))
    return response


@fault("rare-second-budget-removal-fails", "must", origin="blind-4")
class SecondBudgetRemovalFails(Governance):
    """The second removal of a budget from the same unit by an update answers 500 and removes nothing."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.removed: set[str] = set()

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if unit.budget is not None and change is not None and change.removes:
            if unit.id in self.removed:
                raise Refusal(500, "Internal Server Error")
            self.removed.add(unit.id)
        return super().budget_after(unit, change, now)
