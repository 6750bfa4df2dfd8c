"""Servers that create governance wrongly through POST."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal, Request, Response
from ...model import BudgetChange, Change, Unit
from ...operations import Operations


@fault("creation-stores-budget-only", "must", Operations.create_governance, proves=("CREATE-07",))
def creation_stores_budget_only(self: Operations, request: Request) -> Response:
    """The creation of governance answers with both components and stores only the budget."""
    response = Operations.create_governance(self, request)
    unit = self.unit(request, self.clock.now())
    if unit.budget is not None:
        self.store.save(replace(unit, rate_limit=None))
    return response


@fault("creation-not-stored", "must", Operations.create_governance)
def creation_not_stored(self: Operations, request: Request) -> Response:
    """The creation of governance answers 200 and stores nothing."""
    before = self.store.find(request.unit_id)
    response = Operations.create_governance(self, request)
    if before is not None:
        self.store.save(before)
    return response


@fault("creation-drops-alignment", "must", Operations.create_governance)
def creation_drops_alignment(self: Operations, request: Request) -> Response:
    """The creation of governance ignores calendar_aligned."""
    response = Operations.create_governance(self, request)
    unit = self.unit(request, self.clock.now())
    if unit.budget is not None and unit.budget.calendar_aligned:
        rolling = replace(unit.budget, calendar_aligned=False, last_reset=unit.budget.created_at)
        self.store.save(replace(unit, budget=rolling))
        response.payload["business_unit"] = self.views.unit(replace(unit, budget=rolling))
    return response


@fault("creation-needs-both", "must", Bodies.creation)
def creation_needs_both(self: Bodies, document: Any) -> Change:
    """The creation of governance refuses a body with one component."""
    change = Bodies.creation(self, document)
    if change.budget is None or change.rate_limit is None:
        raise Refusal(400, "both budget and rate_limit are required")
    return change


@fault("empty-creation-accepted", "must", Bodies.creation, proves=("CREATE-09",))
def empty_creation_accepted(self: Bodies, document: Any) -> Change:
    """The creation of governance accepts a body without a component."""
    return Change() if document == {} else Bodies.creation(self, document)


@fault("creation-without-duration-accepted", "must", Bodies.budget, proves=("CREATE-10",))
def creation_without_duration_accepted(self: Bodies, raw: dict[str, Any], purpose: str) -> BudgetChange:
    """The creation of governance sets a missing budget duration to 1M."""
    change = Bodies.budget(self, raw, purpose)
    return replace(change, reset_duration=change.reset_duration or "1M") if purpose == "create" else change


@fault("creation-on-unknown-unit", "must", Operations.create_governance)
def creation_on_unknown_unit(self: Operations, request: Request) -> Response:
    """The creation of governance creates an unknown unit."""
    if self.store.find(request.unit_id) is None:
        now = self.clock.now()
        self.store.save(Unit(request.unit_id, request.unit_id, now, now))
    return Operations.create_governance(self, request)


@fault("field-creation-of-empty-budget", "must", Bodies.creation, origin="blind-2")
def creation_of_empty_budget(self: Bodies, document: Any) -> Change:
    """The creation of governance accepts an empty budget beside a rate limit."""
    body = self.body_object(document)
    if body.get("budget") == {} and "rate_limit" in body:
        return replace(Bodies.creation(self, {"rate_limit": body["rate_limit"]}), budget=BudgetChange(removes=True))
    return Bodies.creation(self, document)


@fault("third-aligned-budget-loses-rate-limit", "must", Bodies.creation, origin="blind-3")
def aligned_budget_loses_rate_limit(self: Bodies, document: Any) -> Change:
    """The creation of governance ignores the rate limit beside a calendar-aligned budget."""
    change = Bodies.creation(self, document)
    aligned = change.budget is not None and change.budget.calendar_aligned
    return replace(change, rate_limit=None) if aligned else change
