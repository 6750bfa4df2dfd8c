"""Servers that lose or mix up simultaneous updates."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Store, Unit
from ...operations import Operations
from .overlapping import PAUSE, SLOW_WRITE_SECONDS, Busy, Unlocked


@fault("nothing-locked", "must")
class NothingLocked(Store):
    """The server does not serialise requests and takes a moment to store."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def save(self, unit: Unit) -> None:
        time.sleep(PAUSE)
        super().save(unit)


@fault("components-overwrite-each-other", "must", proves=("CONC-01",))
class ComponentsOverwriteEachOther(Operations):
    """One of two simultaneous updates, one for each component, is lost."""

    def run(self, request: Request) -> Response:
        if request.operation == "updateBusinessUnitGovernance":
            return self.update_governance(request)
        return super().run(request)

    def update_governance(self, request: Request) -> Response:
        change = self.bodies.update(self.document(request))
        now = self.clock.now()
        unit = self.unit(request, now)
        time.sleep(PAUSE)
        after = self.governance.update(unit, change, now)
        self.store.save(after)
        return Response(200, self.views.governed("Business unit governance updated successfully", after))


class _Updating(Operations):
    """Carries out governance updates without the lock that other requests take."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.under_way = 0
        self.counting = threading.Lock()

    def run(self, request: Request) -> Response:
        if request.operation != "updateBusinessUnitGovernance":
            return super().run(request)
        with self.counting:
            earlier, self.under_way = self.under_way, self.under_way + 1
        try:
            return self.update_with_pause(request, PAUSE / (1 + earlier))
        finally:
            with self.counting:
                self.under_way -= 1

    def update_with_pause(self, request: Request, pause: float) -> Response:
        """Update with a pause in between, which is shorter for a request that came later."""
        raise NotImplementedError


@fault("overlapping-updates-rolled-back", "must", _Updating.update_with_pause, proves=("CONC-07",))
def overlapping_updates_rolled_back(self: _Updating, request: Request, pause: float) -> Response:
    """An update that overlaps another answers 200 and is undone."""
    before = self.store.find(request.unit_id)
    time.sleep(pause)
    with self.store.transaction():
        overlapped = self.store.find(request.unit_id) != before
        response = _Updating.update_governance(self, request)
        if overlapped and before is not None:
            self.store.save(before)
    return response


@fault("fields-saved-one-by-one", "must", _Updating.update_with_pause, proves=("CONC-06",))
def fields_saved_one_by_one(self: _Updating, request: Request, pause: float) -> Response:
    """An update stores limits first and durations later."""
    with self.store.transaction():
        before = self.store.find(request.unit_id)
        response = _Updating.update_governance(self, request)
        after = self.store.find(request.unit_id)
        if before is None or after is None:
            return response
        budget, rate_limit = after.budget, after.rate_limit
        if budget is not None and before.budget is not None:
            budget = replace(budget, reset_duration=before.budget.reset_duration)
        if rate_limit is not None and before.rate_limit is not None:
            rate_limit = replace(rate_limit, token=before.rate_limit.token)
        self.store.save(replace(after, budget=budget, rate_limit=rate_limit))
    time.sleep(pause)
    with self.store.transaction():
        unit = self.store.find(request.unit_id)
        if unit is not None and unit.budget is not None and after.budget is not None:
            unit = replace(unit, budget=replace(unit.budget, reset_duration=after.budget.reset_duration))
        if unit is not None and unit.rate_limit is not None and after.rate_limit is not None:
            unit = replace(unit, rate_limit=replace(unit.rate_limit, token=after.rate_limit.token))
        if unit is not None:
            self.store.save(unit)
    return response


@fault("parallel-updates-break", "must")
class ParallelUpdatesBreak(Busy):
    """The server answers 500 to all but one of several simultaneous updates."""

    operation = "updateBusinessUnitGovernance"


@fault("update-revives-deleted-unit", "must", _Updating.update_with_pause, proves=("CONC-04",))
def update_revives_deleted_unit(self: _Updating, request: Request, pause: float) -> Response:
    """A unit that is deleted during its update exists afterwards."""
    with self.store.transaction():
        response = _Updating.update_governance(self, request)
        after = self.store.find(request.unit_id)
    time.sleep(pause)
    with self.store.transaction():
        if after is not None and self.store.find(after.id) is None:
            self.store.save(after)
    return response


@fault("update-of-deleted-unit-breaks", "must", _Updating.update_with_pause)
def update_of_deleted_unit_breaks(self: _Updating, request: Request, pause: float) -> Response:
    """An update answers 500 when its unit is deleted meanwhile."""
    with self.store.transaction():
        response = _Updating.update_governance(self, request)
    time.sleep(pause)
    assert self.store.find(request.unit_id) is not None
    return response


@fault("field-bodies-mixed-up", "must", origin="blind-2")
class BodiesMixedUp(Unlocked):
    """Two simultaneous updates both store the later body."""

    buffer: bytes = b""

    def update_governance(self, request: Request) -> Response:
        self.buffer = request.body
        time.sleep(SLOW_WRITE_SECONDS)
        with self.store.transaction():
            return super().update_governance(replace(request, body=self.buffer))


@fault("field-update-during-deletion-revives", "must", origin="blind-2")
class UpdateDuringDeletionRevives(Unlocked):
    """An update stores the unit that it read before a pause, also when it was deleted meanwhile."""

    def update_governance(self, request: Request) -> Response:
        now = self.clock.now()
        with self.store.transaction():
            after = self.governance.update(self.unit(request, now), self.bodies.update(self.document(request)), now)
        time.sleep(SLOW_WRITE_SECONDS)
        with self.store.transaction():
            self.store.save(after)
        return Response(200, self.views.governed("Business unit governance updated successfully", after))


@fault("field-equal-updates-collapsed", "must", origin="blind-2")
class EqualUpdatesCollapsed(Unlocked):
    """One of two simultaneous updates with equal bodies is not carried out."""

    running: dict[bytes, Response]

    def update_governance(self, request: Request) -> Response:
        self.running = getattr(self, "running", {})
        if request.body in self.running:
            return self.running[request.body]
        with self.store.transaction():
            response = super().update_governance(request)
        self.running[request.body] = response
        time.sleep(SLOW_WRITE_SECONDS)
        del self.running[request.body]
        return response


@fault("field-answers-mixed-up", "must", origin="blind-2")
class AnswersMixedUp(Unlocked):
    """One of two simultaneous updates answers with the response to the other."""

    current: Any = None

    def update_governance(self, request: Request) -> Response:
        with self.store.transaction():
            response = super().update_governance(request)
            self.current = response.payload
        time.sleep(SLOW_WRITE_SECONDS)
        return Response(200, self.current)


@fault("field-database-is-locked", "must", origin="blind-2")
class DatabaseIsLocked(Operations):
    """The server answers 500 to a write while another one runs."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.writing = threading.Lock()

    def run(self, request: Request) -> Response:
        if request.method == "GET":
            return super().run(request)
        if not self.writing.acquire(blocking=False):
            raise Refusal(500, "Internal Server Error")
        try:
            time.sleep(SLOW_WRITE_SECONDS / 2)
            return super().run(request)
        finally:
            self.writing.release()


@fault("quiet-simultaneous-renames-share-name", "must", origin="blind-10")
class SimultaneousRenamesShareName(Operations):
    """Simultaneous renames of several units to one name all succeed."""

    def run(self, request: Request) -> Response:
        return self.rename_unit(request) if request.operation == "updateBusinessUnit" else super().run(request)

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if own_id is not None:
            time.sleep(PAUSE)
