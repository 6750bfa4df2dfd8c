"""Servers that create units with rare names wrongly, or carry out a refused creation later."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal, Request, Response
from ...model import Change
from ...operations import Operations

_VERB = re.compile(r"%[-+# 0]*[0-9]*([a-zA-Z%]?)")


@fault("seldom-name-used-as-format", "must", Bodies.name, origin="blind-11")
def name_used_as_format(self: Bodies, document: Any) -> str:
    """The server uses the name of a unit as a format string, so a percent sign and a letter become `%!d(MISSING)`."""
    return _VERB.sub(_formatted, Bodies.name(self, document))


def _formatted(verb: re.Match[str]) -> str:
    return {"%": "%", "": "%!(NOVERB)"}.get(verb[1], f"%!{verb[1]}(MISSING)")


@fault("seldom-refused-creation-waits-for-deletion", "must", origin="blind-11")
class RefusedCreationWaitsForDeletion(Operations):
    """A creation of governance that was refused with 409 is carried out when the governance of the unit is deleted."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.waiting: dict[str, Change] = {}

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status == 409:
                self.waiting[request.unit_id] = self.bodies.creation(self.document(request))
            raise

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        change = self.waiting.pop(request.unit_id, None)
        if change is not None:
            now = self.clock.now()
            after = self.governance.update(self.unit(request, now), change, now)
            self.store.save(replace(after, updated_at=now))
        return response
