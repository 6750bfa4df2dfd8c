"""Servers that change governance when they refuse the body of an update."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations
from ..common import AfterRefusal


@fault("invalid-body-clears-governance", "must", Operations.update_governance, proves=("VALID-16",))
def invalid_body_clears_governance(self: Operations, request: Request) -> Response:
    """The server answers 400 to a body that breaks the schema and removes the governance."""
    try:
        self.bodies.update(self.document(request))
    except Refusal:
        if unit := self.store.find(request.unit_id):
            self.store.save(replace(unit, budget=None, rate_limit=None))
        raise
    return Operations.update_governance(self, request)


@fault("first-budget-stored-despite-refusal", "must", AfterRefusal.after_refusal)
def first_budget_stored_despite_refusal(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores the first budget of a unit without governance although it refuses the rate limit."""
    unit, document = self.store.find(request.unit_id), self.bodies.document(request.body)
    if unit is None or unit.budget is not None or unit.rate_limit is not None:
        return
    if isinstance(document, dict) and "budget" in document:
        change = self.bodies.update({"budget": document["budget"]})
        self.store.save(self.governance.update(unit, change, self.clock.now()))


@fault("refusal-turns-alignment-off", "must", AfterRefusal.after_refusal)
def refusal_turns_alignment_off(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """A refused update turns alignment of the budget off."""
    unit = self.store.find(request.unit_id)
    if unit is not None and unit.budget is not None:
        self.store.save(replace(unit, budget=replace(unit.budget, calendar_aligned=False)))
