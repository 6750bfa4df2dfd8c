"""Servers that read the body of an update wrongly."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal, Request, Response
from ...operations import Operations


def _first_of_each(pairs: list[tuple[str, Any]]) -> Json:
    return dict(reversed(pairs))


@fault("doubled-member-stored-first", "UPDATE", "must")
class DoubledMemberStoredFirst(Operations):
    """The server answers with the last of two equal members and stores the first."""

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
    """The server answers 500 to an object with two equal members."""

    def members(self, pairs: list[tuple[str, Any]]) -> Json:
        found = super().members(pairs)
        assert len(found) == len(pairs)
        return found


@fault("field-repeated-body-replayed", "UPDATE", "must", origin="blind-2")
class RepeatedBodyReplayed(Operations):
    """The server replays its old response to a body that the unit has received in the last ten seconds."""

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
    """The server stores a budget id from the body."""

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
    """The server stores current_usage from the body."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        given = self.bodies.document(request.body).get("budget") or {}
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and isinstance(given.get("current_usage"), int | float):
            self.store.save(replace(unit, budget=replace(unit.budget, current_usage=float(given["current_usage"]))))
        return response


@fault("media-type-in-capitals-refused", "UPDATE", "should")
class MediaTypeInCapitalsRefused(Operations):
    """The server refuses a Content-Type that is not in lower case."""

    def document(self, request: Request) -> Any:
        declared = request.headers.get("Content-Type", "").partition(";")[0]
        if declared != declared.lower():
            raise Refusal(400, "Content-Type must be application/json")
        return super().document(request)
