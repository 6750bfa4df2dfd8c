"""Servers on which a refused request has an effect."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("invalid-body-clears-governance", "VALID", "must", proves=("VALID-16",))
class InvalidBodyClearsGovernance(Operations):
    """A body that breaks the schema is answered 400, and the unit has lost its governance."""

    def update_governance(self, request: Request) -> Response:
        try:
            self.bodies.update(self.document(request))
        except Refusal:
            if unit := self.store.find(request.unit_id):
                self.store.save(replace(unit, budget=None, rate_limit=None))
            raise
        return super().update_governance(request)


class _Incomplete(Operations):
    """Applies one component of a refused update to units in some state."""

    component = ""

    def concerns(self, unit: Unit) -> bool:
        """Return whether it does so to this unit."""
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


@fault("first-budget-stored-despite-refusal", "VALID", "must")
class FirstBudgetStoredDespiteRefusal(_Incomplete):
    """A unit without governance is given the budget of an update that is refused for its rate limit."""

    component = "budget"

    def concerns(self, unit: Unit) -> bool:
        return unit.budget is None and unit.rate_limit is None


@fault("first-rate-limit-stored-despite-refusal", "VALID", "must")
class FirstRateLimitStoredDespiteRefusal(_Incomplete):
    """A unit with a budget alone is given the rate limit of an update that is refused for its budget."""

    component = "rate_limit"

    def concerns(self, unit: Unit) -> bool:
        return unit.budget is not None and unit.rate_limit is None


@fault("refusal-turns-alignment-off", "VALID", "must")
class RefusalTurnsAlignmentOff(Operations):
    """An update that is refused turns the alignment of the budget off."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            unit = self.store.find(request.unit_id)
            if unit is not None and unit.budget is not None:
                self.store.save(replace(unit, budget=replace(unit.budget, calendar_aligned=False)))
            raise
