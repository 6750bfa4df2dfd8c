"""Servers that read the body of an update wrongly."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal, Request, Response
from ...operations import Operations


def _first_of_each(pairs: list[tuple[str, Any]]) -> Json:
    return dict(reversed(pairs))


@fault("doubled-member-stored-first", "must", Operations.update_governance)
def doubled_member_stored_first(self: Operations, request: Request) -> Response:
    """The server answers with the last of two equal members and stores the first."""
    before = self.store.find(request.unit_id)
    response = Operations.update_governance(self, request)
    first = json.loads(request.body, object_pairs_hook=_first_of_each)
    if before is not None and first != self.bodies.document(request.body):
        change = self.bodies.update(first)
        self.store.save(self.governance.update(before, change, self.clock.now()))
    return response


@fault("doubled-member-breaks", "must", Bodies.members)
def doubled_member_breaks(self: Bodies, pairs: list[tuple[str, Any]]) -> Json:
    """The server answers 500 to an object with two equal members."""
    found = Bodies.members(self, pairs)
    assert len(found) == len(pairs)
    return found


@fault("usage-taken-from-body", "should", Operations.update_governance)
def usage_taken_from_body(self: Operations, request: Request) -> Response:
    """The server stores current_usage from the body."""
    response = Operations.update_governance(self, request)
    given = self.bodies.document(request.body).get("budget") or {}
    unit = self.unit(request, self.clock.now())
    if unit.budget is not None and isinstance(given.get("current_usage"), int | float):
        self.store.save(replace(unit, budget=replace(unit.budget, current_usage=float(given["current_usage"]))))
    return response


@fault("media-type-in-capitals-refused", "should", Operations.document)
def media_type_in_capitals_refused(self: Operations, request: Request) -> Any:
    """The server refuses a Content-Type that is not in lower case."""
    declared = request.headers.get("Content-Type", "").partition(";")[0]
    if declared != declared.lower():
        raise Refusal(400, "Content-Type must be application/json")
    return Operations.document(self, request)
