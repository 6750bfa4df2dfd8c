"""Servers that create components wrongly through an update."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, Unit
from ...operations import Operations
from ...periods import is_alignable


@fault("update-cannot-add-budget", "should", Operations.update_governance, proves=("CREATE-01",))
def update_cannot_add_budget(self: Operations, request: Request) -> Response:
    """An update refuses to create a budget."""
    change = self.bodies.update(self.document(request)).budget
    if self.unit(request, self.clock.now()).budget is None and change is not None and not change.removes:
        raise Refusal(400, "no budget to update")
    return Operations.update_governance(self, request)


@fault("update-cannot-add-rate-limit", "must", Operations.update_governance)
def update_cannot_add_rate_limit(self: Operations, request: Request) -> Response:
    """An update ignores a rate limit when the unit has none."""
    change, now = self.bodies.update(self.document(request)), self.clock.now()
    unit = self.unit(request, now)
    if unit.rate_limit is None:
        change = replace(change, rate_limit=None)
    after = self.governance.update(unit, change, now)
    self.store.save(after)
    return Response(200, self.views.governed("Business unit governance updated successfully", after))


@fault("update-cannot-begin-governance", "should", Operations.update_governance)
def update_cannot_begin_governance(self: Operations, request: Request) -> Response:
    """An update answers 404 if it sets a component of a unit that has none."""
    change, unit = self.bodies.update(self.document(request)), self.unit(request, self.clock.now())
    sets = any(part is not None and not part.removes for part in (change.budget, change.rate_limit))
    if sets and unit.budget is None and unit.rate_limit is None:
        raise Refusal(404, "Business unit has no governance configured")
    return Operations.update_governance(self, request)


@fault("first-budget-needs-rate-limit", "should", Operations.update_governance)
def first_budget_needs_rate_limit(self: Operations, request: Request) -> Response:
    """An update refuses a first budget of a unit that has no rate limit."""
    change, unit = self.bodies.update(self.document(request)), self.unit(request, self.clock.now())
    if change.budget is not None and not change.budget.removes and unit.budget is None and unit.rate_limit is None:
        raise Refusal(400, "a budget needs a rate limit")
    return Operations.update_governance(self, request)


@fault("update-needs-governance", "should", Operations.update_governance)
def update_needs_governance(self: Operations, request: Request) -> Response:
    """An update answers 404 for a unit without governance."""
    self.check_governed(self.unit(request, self.clock.now()))
    return Operations.update_governance(self, request)


@fault("first-budget-may-lack-limit", "should", Governance.new_budget, proves=("CREATE-02",))
def first_budget_may_lack_limit(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """An update creates a budget without a limit and sets the limit to 0."""
    limit = 0.0 if change.max_limit is None else change.max_limit
    return Governance.new_budget(self, unit, replace(change, max_limit=limit), now)


@fault("first-budget-may-lack-duration", "should", Governance.new_budget, proves=("CREATE-03",))
def first_budget_may_lack_duration(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """An update creates a budget without a duration and sets the duration to 1M."""
    return Governance.new_budget(self, unit, replace(change, reset_duration=change.reset_duration or "1M"), now)


@fault("incomplete-first-budget-breaks", "must", Governance.new_budget)
def incomplete_first_budget_breaks(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """An update answers 500 to an incomplete first budget."""
    assert change.max_limit is not None
    assert change.reset_duration is not None
    return Governance.new_budget(self, unit, change, now)


@fault("first-budget-aligned-unasked", "must", Governance.new_budget, proves=("CREATE-06",))
def first_budget_aligned_unasked(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """The server aligns a first budget of days or more with the calendar when the body does not ask for it."""
    asked = change.calendar_aligned is not None or not is_alignable(change.reset_duration or "")
    return Governance.new_budget(self, unit, change if asked else replace(change, calendar_aligned=True), now)


@fault("first-budget-alignment-not-checked", "must", Governance.check_alignment)
def first_budget_alignment_not_checked(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server accepts calendar alignment of a first budget with any duration."""
    if budget.updated_at != budget.created_at:
        Governance.check_alignment(self, budget, change)


@fault("field-budget-created-by-rate-limit", "must", Governance.update, origin="blind-2")
def budget_created_by_rate_limit(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """A first rate limit creates a budget of 1000000000 dollars as well."""
    after = Governance.update(self, unit, change, now)
    if unit.rate_limit is None and after.rate_limit is not None and after.budget is None:
        return replace(after, budget=self.new_budget(unit, BudgetChange(1e9, "1M", False), now))
    return after
