"""Servers that carry out a part of a refused creation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations


@fault("field-budget-stays-of-refused-creation", "must", Operations.create_governance, origin="blind-2")
def budget_stays_of_refused_creation(self: Operations, request: Request) -> Response:
    """The creation of governance stores the budget although it refuses the rate limit."""
    unit, body = self.store.find(request.unit_id), self.document(request)
    try:
        return Operations.create_governance(self, request)
    except Refusal as refusal:
        if refusal.status == 400 and unit is not None and isinstance(body, dict) and len(body) == 2:
            if isinstance(body.get("budget"), dict) and unit.budget is None:
                change = self.bodies.creation({"budget": body["budget"]})
                self.store.save(self.governance.update(unit, change, self.clock.now()))
        raise


@fault("scarce-incomplete-budgets-add-up", "must", origin="blind-9")
class IncompleteBudgetsAddUp(Operations):
    """A creation with half a budget takes the other half from an earlier creation for the unit that was refused."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.halves: dict[str, dict[str, Any]] = {}

    def create_governance(self, request: Request) -> Response:
        document = self.document(request)
        raw = document.get("budget") if isinstance(document, dict) else None
        if isinstance(raw, dict) and ("max_limit" in raw) != ("reset_duration" in raw):
            self.bodies.budget(raw, "create")
            unit = self.unit(request, self.clock.now())
            earlier = self.halves.get(unit.id, {})
            self.halves[unit.id] = {name: raw[name] for name in ("max_limit", "reset_duration") if name in raw}
            body = json.dumps({**document, "budget": {**earlier, **raw}}).encode()
            response = super().create_governance(replace(request, body=body))
            del self.halves[unit.id]
            return response
        return super().create_governance(request)


@fault("next-invalid-creation-removes-rate-limit", "must", origin="blind-7")
class InvalidCreationRemovesRateLimit(Operations):
    """A creation with an invalid member, refused with 400, removes the rate limit of a unit that has one."""

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 400 and refusal.message != "Invalid JSON" and unit is not None:
                self.store.save(replace(unit, rate_limit=None))
            raise
