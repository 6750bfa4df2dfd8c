"""A server that carries out the first part of a body that is cut off."""

from __future__ import annotations

import contextlib
import json
import re

from ...after_refusal import AfterRefusal
from ...assembly import fault
from ...messages import Refusal, Request
from ...model import Change

_START = re.compile(r'\s*\{\s*"budget"\s*:\s*')
_NEXT = re.compile(r"\s*(,|$)")


@fault("fresh-cut-off-body-half-applied", "must", origin="blind-5")
class CutOffBodyHalfApplied(AfterRefusal):
    """An update whose JSON breaks after a complete budget, its first member, answers 400 but changes the budget."""

    def after_refusal(self, request: Request, refusal: Refusal) -> None:
        unit = self.store.find(request.unit_id)
        if refusal.message == "Invalid JSON" and unit is not None:
            with contextlib.suppress(Refusal, ValueError, RecursionError):
                now = self.clock.now()
                self.store.save(self.governance.update(self.governance.refresh(unit, now), self.first(request), now))

    def first(self, request: Request) -> Change:
        """Return the change of the budget. Raises ValueError if it is not complete."""
        text = request.body.decode()
        start = _START.match(text)
        if start is None:
            raise ValueError("budget is not the first member")
        budget, end = json.JSONDecoder().raw_decode(text, start.end())
        if _NEXT.match(text, end) is None:
            raise ValueError("the object ends with the budget")
        return self.bodies.update_of({"budget": budget})
