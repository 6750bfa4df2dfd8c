"""Servers that store or show something else than the update."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("nothing-stored", "UPDATE", "must")
class NothingStored(Operations):
    """An update is answered as if it were done, and not stored."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.units()
        response = super().update_governance(request)
        for unit in before:
            self.store.save(unit)
        return response


@fault("second-update-only", "UPDATE", "must")
class SecondUpdateOnly(Operations):
    """Only every second update of a unit is stored."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.skipped: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        self.skipped ^= {request.unit_id}
        if before is not None and request.unit_id in self.skipped:
            self.store.save(before)
        return response


@fault("stale-response", "UPDATE", "must", proves=("UPDATE-02",))
class StaleResponse(Operations):
    """The answer to an update shows the unit as it was before."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None:
            response.payload["business_unit"] = self.views.unit(before)
        return response


@fault("every-second-read-is-stale", "UPDATE", "must")
class EverySecondReadIsStale(Operations):
    """Every second GET is answered by a replica that has not seen the last update."""

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


def _first_of_each(pairs: list[tuple[str, Any]]) -> Json:
    return dict(reversed(pairs))


@fault("doubled-member-stored-first", "UPDATE", "must")
class DoubledMemberStoredFirst(Operations):
    """Of a member that comes twice the last is answered and the first is stored."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        first = json.loads(request.body, object_pairs_hook=_first_of_each)
        if before is not None and first != self.bodies.document(request.body):
            change = self.bodies.update(first)
            self.store.save(self.governance.update(before, change, self.clock.now()))
        return response


@fault("doubled-member-breaks", "UPDATE", "must")
class DoubledMemberBreaks(Bodies):
    """A member that comes twice is a 500."""

    def members(self, pairs: list[tuple[str, Any]]) -> Json:
        found = super().members(pairs)
        assert len(found) == len(pairs)
        return found


@fault("field-repeated-body-replayed", "UPDATE", "must", origin="blind-2")
class RepeatedBodyReplayed(Operations):
    """A body that a unit was sent in the last ten seconds counts as a retry: the old answer, and nothing is done."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seen: dict[tuple[str, bytes], tuple[float, Response]] = {}

    def update_governance(self, request: Request) -> Response:
        key = (request.unit_id, request.body)
        if key in self.seen and time.monotonic() - self.seen[key][0] < 10:
            return self.seen[key][1]
        response = super().update_governance(request)
        self.seen[key] = (time.monotonic(), response)
        return response


@fault("id-taken-from-body", "UPDATE", "should")
class IdTakenFromBody(Operations):
    """The identifier of a budget may come with the request."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        given = self.bodies.document(request.body).get("budget") or {}
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and isinstance(given.get("id"), str):
            after = replace(unit, budget=replace(unit.budget, id=given["id"]))
            self.store.save(after)
            response.payload["business_unit"] = self.views.unit(after)
        return response


@fault("usage-taken-from-body", "UPDATE", "should")
class UsageTakenFromBody(Operations):
    """current_usage in the body of an update is stored."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        given = self.bodies.document(request.body).get("budget") or {}
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and isinstance(given.get("current_usage"), int | float):
            self.store.save(replace(unit, budget=replace(unit.budget, current_usage=float(given["current_usage"]))))
        return response


@fault("media-type-in-capitals-refused", "UPDATE", "should")
class MediaTypeInCapitalsRefused(Operations):
    """A Content-Type that is not in lower case is refused."""

    def document(self, request: Request) -> Any:
        declared = request.headers.get("Content-Type", "").partition(";")[0]
        if declared != declared.lower():
            raise Refusal(400, "Content-Type must be application/json")
        return super().document(request)
