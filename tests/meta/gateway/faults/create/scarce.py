"""Servers that compare rare names wrongly, or on which a refused creation of governance leaves something behind."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Budget, RateLimit, Unit
from ...operations import Operations


@fault("scarce-names-compared-without-accents", "must", Operations.check_name_is_free, origin="blind-9")
def names_compared_without_accents(self: Operations, name: str, own_id: str | None = None) -> None:
    """The server answers 409 to a name that differs from the name of another unit only in accents."""
    if any(_bare(unit.name) == _bare(name) and unit.id != own_id for unit in self.store.units()):
        raise Refusal(409, "A business unit with this name already exists")


def _bare(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if unicodedata.category(letter) != "Mn")


@fault("scarce-conflict-restarts-usage", "must", Operations.check_ungoverned, origin="blind-9")
def conflict_restarts_usage(self: Operations, unit: Unit) -> None:
    """A creation of governance that is refused with 409 sets all usage of the existing governance to zero."""
    self.store.save(replace(unit, budget=_unused_budget(unit.budget), rate_limit=_unused_rate_limit(unit.rate_limit)))
    Operations.check_ungoverned(self, unit)


def _unused_budget(budget: Budget | None) -> Budget | None:
    return budget and replace(budget, current_usage=0.0)


def _unused_rate_limit(rate_limit: RateLimit | None) -> RateLimit | None:
    if rate_limit is None:
        return None
    token, request = replace(rate_limit.token, current_usage=0), replace(rate_limit.request, current_usage=0)
    return replace(rate_limit, token=token, request=request)


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
