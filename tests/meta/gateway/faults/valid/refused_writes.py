"""Servers on which a refused request has an effect."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


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


class _Incomplete(Operations):
    """Applies one component of a refused update to some units."""

    component = ""

    def concerns(self, unit: Unit) -> bool:
        """Return whether the fault applies to this unit."""
        return True

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            unit = self.store.find(request.unit_id)
            document = self.bodies.document(request.body)
            if unit is not None and isinstance(document, dict) and self.component in document and self.concerns(unit):
                change = self.bodies.update({self.component: document[self.component]})
                self.store.save(self.governance.update(unit, change, self.clock.now()))
            raise


@fault("first-budget-stored-despite-refusal", "must")
class FirstBudgetStoredDespiteRefusal(_Incomplete):
    """The server stores the first budget of a unit without governance although it refuses the rate limit."""

    component = "budget"

    def concerns(self, unit: Unit) -> bool:
        return unit.budget is None and unit.rate_limit is None


@fault("refusal-turns-alignment-off", "must", Operations.update_governance)
def refusal_turns_alignment_off(self: Operations, request: Request) -> Response:
    """A refused update turns alignment of the budget off."""
    try:
        return Operations.update_governance(self, request)
    except Refusal:
        unit = self.store.find(request.unit_id)
        if unit is not None and unit.budget is not None:
            self.store.save(replace(unit, budget=replace(unit.budget, calendar_aligned=False)))
        raise
