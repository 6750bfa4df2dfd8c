"""Servers that change governance when they refuse the body of an update."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
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


def _store_only(operations: Operations, request: Request, unit: Unit, component: str) -> None:
    """Apply one component of a refused body, if the body has it."""
    document = operations.bodies.document(request.body)
    if isinstance(document, dict) and component in document:
        change = operations.bodies.update({component: document[component]})
        operations.store.save(operations.governance.update(unit, change, operations.clock.now()))


@fault("first-budget-stored-despite-refusal", "must", AfterRefusal.after_refusal)
def first_budget_stored_despite_refusal(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores the first budget of a unit without governance although it refuses the rate limit."""
    unit = self.store.find(request.unit_id)
    if unit is not None and unit.budget is None and unit.rate_limit is None:
        _store_only(self, request, unit, "budget")


@fault("first-rate-limit-stored-despite-refusal", "must", AfterRefusal.after_refusal)
def first_rate_limit_stored_despite_refusal(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores the first rate limit of a unit with a budget although it refuses the budget."""
    unit = self.store.find(request.unit_id)
    if unit is not None and unit.budget is not None and unit.rate_limit is None:
        _store_only(self, request, unit, "rate_limit")


@fault("refusal-turns-alignment-off", "must", AfterRefusal.after_refusal)
def refusal_turns_alignment_off(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """A refused update turns alignment of the budget off."""
    unit = self.store.find(request.unit_id)
    if unit is not None and unit.budget is not None:
        self.store.save(replace(unit, budget=replace(unit.budget, calendar_aligned=False)))
