"""Servers on which an update of governance loses what it does not concern."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations


@fault("attributes-lost-by-update", "must")
class AttributesLostByUpdate(Operations):
    """Units have a profile, claims and a source, which an update of a component removes."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.changed: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        if request.body.strip() not in (b"", b"{}"):
            self.changed.add(request.unit_id)
        response = super().update_governance(request)
        if request.unit_id not in self.changed:
            response.payload["business_unit"] |= {"source_id": "scim-7", "profile": {"cost": 1}, "claims": {"a": True}}
        return response


@fault("rest-of-refused-update-stored", "must", Operations.update_governance)
def rest_of_refused_update_stored(self: Operations, request: Request) -> Response:
    """An update whose budget is refused because of the stored state still changes the rate limit."""
    change = self.bodies.update(self.document(request))
    try:
        return Operations.update_governance(self, request)
    except Refusal:
        now = self.clock.now()
        unit = self.unit(request, now)
        if change.rate_limit is not None:
            self.store.save(self.governance.update(unit, replace(change, budget=None), now))
        raise
