"""Mistakes that show when requests overlap."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations

_WHILE = 0.05
"""Seconds that a slow database takes."""


class _Unlocked(Operations):
    """Operations that take the lock for each step instead of for all."""

    def run(self, request: Request) -> Response:
        assert request.operation is not None
        return self.table[request.operation](request)


@fault("CONC", "should")
class DatabaseIsLocked(Operations):
    """A write while another one runs does not wait: 500."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.writing = threading.Lock()

    def run(self, request: Request) -> Response:
        if request.method == "GET":
            return super().run(request)
        if not self.writing.acquire(blocking=False):
            raise Refusal(500, "Internal Server Error")
        try:
            time.sleep(_WHILE / 2)
            return super().run(request)
        finally:
            self.writing.release()


@fault("CONC", "must")
class AnswersMixedUp(_Unlocked):
    """The unit of an update is kept in a field of the handler: of two updates at once, one gets the other's answer."""

    current: Any = None

    def update_governance(self, request: Request) -> Response:
        with self.store.transaction():
            response = super().update_governance(request)
            self.current = response.payload
        time.sleep(_WHILE)
        return Response(200, self.current)


@fault("CONC", "must")
class BodiesMixedUp(_Unlocked):
    """A pooled buffer is given back too early: of two updates at once, both store the later body."""

    buffer: bytes = b""

    def update_governance(self, request: Request) -> Response:
        self.buffer = request.body
        time.sleep(_WHILE)
        with self.store.transaction():
            return super().update_governance(replace(request, body=self.buffer))


@fault("CONC", "should")
class HalfOfUpdateVisible(_Unlocked):
    """An update writes its two components one after the other: a read in between sees the new budget alone."""

    def update_governance(self, request: Request) -> Response:
        change = self.bodies.update(self.document(request))
        now = self.clock.now()
        with self.store.transaction():
            unit = self.unit(request, now)
            after = self.governance.update(unit, change, now)
            self.store.save(replace(after, rate_limit=unit.rate_limit))
        if change.budget is not None and change.rate_limit is not None:
            time.sleep(_WHILE)
        with self.store.transaction():
            self.store.save(after)
        return Response(200, self.views.governed("Business unit governance updated successfully", after))


@fault("CONC", "should")
class UpdateDuringDeletionRevives(_Unlocked):
    """An update that began before a deletion ends with an upsert: the deleted unit is back."""

    def update_governance(self, request: Request) -> Response:
        now = self.clock.now()
        with self.store.transaction():
            after = self.governance.update(self.unit(request, now), self.bodies.update(self.document(request)), now)
        time.sleep(_WHILE)
        with self.store.transaction():
            self.store.save(after)
        return Response(200, self.views.governed("Business unit governance updated successfully", after))


@fault("CONC", "must")
class EqualUpdatesCollapsed(_Unlocked):
    """Updates of equal bodies at once are collapsed into one by their body alone: the second unit is not changed."""

    running: dict[bytes, Response]

    def update_governance(self, request: Request) -> Response:
        self.running = getattr(self, "running", {})
        if request.body in self.running:
            return self.running[request.body]
        with self.store.transaction():
            response = super().update_governance(request)
        self.running[request.body] = response
        time.sleep(_WHILE)
        del self.running[request.body]
        return response
