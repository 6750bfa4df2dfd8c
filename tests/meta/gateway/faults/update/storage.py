"""Servers that do not store an update, or show another state than the stored one."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...model import Unit
from ...operations import Operations


@fault("nothing-stored", "must", Operations.update_governance)
def nothing_stored(self: Operations, request: Request) -> Response:
    """An update answers 200 and stores nothing."""
    before = self.store.units()
    response = Operations.update_governance(self, request)
    for unit in before:
        self.store.save(unit)
    return response


@fault("stale-response", "must", Operations.update_governance, proves=("UPDATE-02",))
def stale_response(self: Operations, request: Request) -> Response:
    """The response to an update shows the unit before the update."""
    before = self.store.find(request.unit_id)
    response = Operations.update_governance(self, request)
    if before is not None:
        response.payload["business_unit"] = self.views.unit(before)
    return response


@fault("every-second-read-is-stale", "must")
class EverySecondReadIsStale(Operations):
    """Every second GET shows the unit before the last update."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.stale: dict[str, Unit] = {}
        self.lags = False

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None:
            self.stale[before.id] = before
        return response

    def get_unit(self, request: Request) -> Response:
        self.lags = not self.lags
        if self.lags and request.unit_id in self.stale and self.store.find(request.unit_id) is not None:
            unit = self.stale[request.unit_id]
            return Response(200, self.views.detail(unit, self.team_count(unit)))
        return super().get_unit(request)
