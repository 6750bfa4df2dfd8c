"""Servers that show wrong values to simultaneous reads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations
from ...pipeline import Pipeline
from .overlapping import PAUSE, SLOW_WRITE_SECONDS, Busy, Unlocked


@fault("answers-mixed-up", "must", proves=("CONC-03",))
class AnswersMixedUp(Operations):
    """Simultaneous reads all show the unit of the last request."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.last: Request | None = None

    def run(self, request: Request) -> Response:
        if request.operation != "getBusinessUnit":
            return super().run(request)
        self.last = request
        time.sleep(PAUSE)
        return super().run(self.last)


@fault("half-an-update-seen", "should", proves=("CONC-11",))
class HalfAnUpdateSeen(Operations):
    """A read during an update of both components shows the new budget with the old rate limit."""

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


@fault("readers-see-refused-update", "should")
class ReadersSeeRefusedUpdate(Operations):
    """A read during a refused update shows a unit without its budget."""

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


@fault("parallel-reads-break", "must")
class ParallelReadsBreak(Busy):
    """The server answers 500 to all but one of several simultaneous reads."""

    operation = "getBusinessUnit"


@fault("field-half-of-update-visible", "must", origin="blind-2")
class HalfOfUpdateVisible(Unlocked):
    """A read between the two writes of an update shows only the new budget."""

    def update_governance(self, request: Request) -> Response:
        change = self.bodies.update(self.document(request))
        now = self.clock.now()
        with self.store.transaction():
            unit = self.unit(request, now)
            after = self.governance.update(unit, change, now)
            self.store.save(replace(after, rate_limit=unit.rate_limit))
        if change.budget is not None and change.rate_limit is not None:
            time.sleep(SLOW_WRITE_SECONDS)
        with self.store.transaction():
            self.store.save(after)
        return Response(200, self.views.governed("Business unit governance updated successfully", after))


@fault("subtle-same-reads-share-response", "must", origin="blind-12")
class SameReadsShareResponse(Pipeline):
    """A read that arrives during the same read gets its response, whatever credential it carries."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._running: dict[str, Future[Response]] = {}
        self._guard = threading.Lock()

    def answer(self, request: Request) -> Response:
        if request.method != "GET":
            return super().answer(request)
        address, own = f"{request.path}?{request.query}", Future[Response]()
        with self._guard:
            running = self._running.setdefault(address, own)
        if running is own:
            return self.lead(request, address, own)
        shared = running.result()
        return shared if shared.status == 200 else super().answer(request)

    def lead(self, request: Request, address: str, own: Future[Response]) -> Response:
        """Wait for others that read the same, then respond to all."""
        time.sleep(0.003)
        with self._guard:
            del self._running[address]
        response = super().answer(request)
        own.set_result(response)
        return response
