"""Servers that carry out a part of a refused update, at once or with the next update."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...after_refusal import AfterRefusal
from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations


@fault("field-refused-memory-kept", "must", origin="blind-2")
class RefusedMemoryKept(Operations):
    """The next valid update stores the duration of a refused one."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.dirty: dict[str, str] = {}

    def update_governance(self, request: Request) -> Response:
        try:
            response = super().update_governance(request)
        except Refusal:
            document: Any = self.document(request)
            budget = document.get("budget") if isinstance(document, dict) else None
            if isinstance(budget, dict) and isinstance(duration := budget.get("reset_duration"), str):
                self.dirty[request.unit_id] = duration
            raise
        unit, duration = self.store.find(request.unit_id), self.dirty.pop(request.unit_id, None)
        if unit is not None and unit.budget is not None and duration is not None:
            self.store.save(replace(unit, budget=replace(unit.budget, reset_duration=duration)))
        return response


@fault("field-removal-stays-of-refused-update", "must", AfterRefusal.after_refusal, origin="blind-2")
def removal_stays_of_refused_update(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """A refused update removes the budget when its body holds `budget: {}`."""
    unit, document = self.store.find(request.unit_id), self.document(request)
    if unit is not None and isinstance(document, dict) and document.get("budget") == {}:
        self.store.save(replace(unit, budget=None))
