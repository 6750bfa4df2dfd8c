"""Servers that show wrong values to simultaneous reads."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations
from .common import PAUSE, WHILE, Busy, Unlocked


@fault("answers-mixed-up", "CONC", "must", proves=("CONC-03",))
class AnswersMixedUp(Operations):
    """Readers that come at once are all shown the unit of whoever came last."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.last: Request | None = None

    def run(self, request: Request) -> Response:
        if request.operation != "getBusinessUnit":
            return super().run(request)
        self.last = request
        time.sleep(PAUSE)
        return super().run(self.last)


@fault("half-an-update-seen", "CONC", "should", proves=("CONC-11",))
class HalfAnUpdateSeen(Operations):
    """A reader sees the new budget with the old rate limit while an update of both is under way."""

    def run(self, request: Request) -> Response:
        if request.operation == "updateBusinessUnitGovernance":
            return self.update_governance(request)
        return super().run(request)

    def update_governance(self, request: Request) -> Response:
        with self.store.transaction():
            before = self.store.find(request.unit_id)
            response = super().update_governance(request)
            after = self.store.find(request.unit_id)
            if before is None or after is None or self.bodies.document(request.body).keys() < {"budget", "rate_limit"}:
                return response
            self.store.save(replace(after, rate_limit=before.rate_limit))
        time.sleep(PAUSE)
        with self.store.transaction():
            if (unit := self.store.find(request.unit_id)) is not None:
                self.store.save(replace(unit, rate_limit=after.rate_limit))
        return response


@fault("readers-see-refused-update", "CONC", "should")
class ReadersSeeRefusedUpdate(Operations):
    """An update is visible before it is checked; a refused one is taken back."""

    def run(self, request: Request) -> Response:
        if request.operation == "updateBusinessUnitGovernance":
            return self.update_governance(request)
        return super().run(request)

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            unit = self.store.find(request.unit_id)
            if unit is not None:
                self.store.save(replace(unit, budget=None))
                time.sleep(PAUSE)
                self.store.save(unit)
            raise


@fault("parallel-reads-break", "CONC", "must")
class ParallelReadsBreak(Busy):
    """Reads that come at once are answered 500, all but one."""

    operation = "getBusinessUnit"


@fault("field-half-of-update-visible", "CONC", "should", origin="blind-2")
class HalfOfUpdateVisible(Unlocked):
    """An update writes its two components one after the other: a read in between sees the new budget alone."""

    def update_governance(self, request: Request) -> Response:
        change = self.bodies.update(self.document(request))
        now = self.clock.now()
        with self.store.transaction():
            unit = self.unit(request, now)
            after = self.governance.update(unit, change, now)
            self.store.save(replace(after, rate_limit=unit.rate_limit))
        if change.budget is not None and change.rate_limit is not None:
            time.sleep(WHILE)
        with self.store.transaction():
            self.store.save(after)
        return Response(200, self.views.governed("Business unit governance updated successfully", after))
