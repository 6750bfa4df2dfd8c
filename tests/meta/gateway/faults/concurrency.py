"""Servers that are right as long as one request comes at a time.

The pauses stand for the time that a database takes: they make sure that requests which overlap do so at the wrong
place.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..messages import Refusal, Request, Response
from ..model import Store, Team, Unit
from ..operations import Operations

PAUSE = 0.02


@fault("CONC", "must")
class ComponentsOverwriteEachOther(Operations):
    """Of two updates at once, one of the budget and one of the rate limit, one is lost."""

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


@fault("CONC", "must")
class NamesCheckedTooEarly(Operations):
    """Several units are created with one name if the requests come at once."""

    def run(self, request: Request) -> Response:
        return self.create_unit(request) if request.operation == "createBusinessUnit" else super().run(request)

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if own_id is None:
            time.sleep(PAUSE)


@fault("CONC", "must")
class GovernanceCheckedTooEarly(Operations):
    """Several first governances are created if the requests come at once."""

    def run(self, request: Request) -> Response:
        if request.operation == "createBusinessUnitGovernance":
            return self.create_governance(request)
        return super().run(request)

    def check_ungoverned(self, unit: Unit) -> None:
        super().check_ungoverned(unit)
        time.sleep(PAUSE)


@fault("CONC", "must")
class TeamsCheckedTooEarly(Operations):
    """A team is assigned to several units, each answered 200, if the requests come at once."""

    def run(self, request: Request) -> Response:
        return self.assign_team(request) if request.operation == "assignTeamToBusinessUnit" else super().run(request)

    def check_assignable(self, team: Team, unit: Unit) -> None:
        super().check_assignable(team, unit)
        time.sleep(PAUSE)


class _Busy(Operations):
    """Knows whether a request of one operation is under way."""

    operation = ""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.busy = False

    def run(self, request: Request) -> Response:
        if request.operation != self.operation:
            return super().run(request)
        if self.busy:
            raise RuntimeError("database is locked")
        self.busy = True
        try:
            time.sleep(PAUSE)
            return super().run(request)
        finally:
            self.busy = False


@fault("CONC", "must")
class ParallelCreationsBreak(_Busy):
    """Units that are created at once are answered 500, all but one."""

    operation = "createBusinessUnit"


@fault("CONC", "must")
class ParallelUpdatesBreak(_Busy):
    """Updates that come at once are answered 500, all but one."""

    operation = "updateBusinessUnitGovernance"


@fault("CONC", "must")
class ParallelReadsBreak(_Busy):
    """Reads that come at once are answered 500, all but one."""

    operation = "getBusinessUnit"


@fault("CONC", "must")
class ParallelCreationsLost(Operations):
    """Of units that are created at once only the last is kept, though each was answered 200."""

    def run(self, request: Request) -> Response:
        return self.create_unit(request) if request.operation == "createBusinessUnit" else super().run(request)

    def create_unit(self, request: Request) -> Response:
        known = {unit.id for unit in self.store.units()}
        response = super().create_unit(request)
        time.sleep(PAUSE)
        with self.store.transaction():
            for unit in self.store.units():
                if unit.id not in known and unit.id != response.payload["id"]:
                    self.store.remove(unit.id)
        return response


@fault("CONC", "should")
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


@fault("CONC", "should")
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


@fault("CONC", "must")
class ParallelDeletionsBreak(Operations):
    """Of several deletions of a unit at once all but one are answered 500."""

    def run(self, request: Request) -> Response:
        return self.delete_unit(request) if request.operation == "deleteBusinessUnit" else super().run(request)

    def unassign_teams(self, unit: Unit) -> None:
        super().unassign_teams(unit)
        time.sleep(PAUSE)


@fault("CONC", "must")
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


@fault("CONC", "must")
class NothingLocked(Store):
    """Requests are not kept apart, and saving takes a moment."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def save(self, unit: Unit) -> None:
        time.sleep(PAUSE)
        super().save(unit)
