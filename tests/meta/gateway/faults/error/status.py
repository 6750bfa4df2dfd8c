"""Servers that refuse a request with the wrong status."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, Unit
from ...operations import Operations
from ...pipeline import Pipeline
from ...wire import Wire
from .common import RefusalWith


@fault("invalid-answered-200", "ERROR", "must")
class InvalidAnswered200(Wire):
    """The server answers 200 with an error body to an invalid request."""

    def status(self, request: Request, response: Response) -> int:
        return 200 if response.status == 400 else response.status


@fault("invalid-answered-404", "ERROR", "must")
class InvalidAnswered404(RefusalWith):
    """The server answers 404 to an invalid request."""

    status, instead = 400, 404


@fault("invalid-answered-422", "ERROR", "must", proves=("RESP-08",))
class InvalidAnswered422(RefusalWith):
    """The server answers 422 to an invalid request."""

    status, instead = 400, 422


@fault("invalid-answered-500", "ERROR", "must")
class InvalidAnswered500(RefusalWith):
    """The server answers 500 to an invalid request."""

    status, instead = 400, 500


@fault("malformed-answered-500", "ERROR", "must", proves=("ERROR-06",))
class MalformedAnswered500(Bodies):
    """The server answers 500 to a body that is not JSON."""

    def document(self, body: bytes) -> Any:
        return self.parse(body)


@fault("conflict-answered-500", "ERROR", "must")
class ConflictAnswered500(RefusalWith):
    """The server answers 500 instead of 409."""

    status, instead = 409, 500


@fault("short-alignment-answered-500", "ERROR", "must")
class ShortAlignmentAnswered500(Governance):
    """The server answers 500 to calendar alignment of a short duration."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        try:
            return super().update(unit, change, now)
        except Refusal as refusal:
            if "calendar_aligned" in refusal.message:
                raise RuntimeError from refusal
            raise


@fault("invalid-rate-limit-answered-500", "ERROR", "should")
class InvalidRateLimitAnswered500(Operations):
    """An update answers 500 to a rate limit without a duration."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            if "each limit needs" in refusal.message:
                raise RuntimeError from refusal
            raise


@fault("field-wrong-type-is-500", "ERROR", "must", origin="blind-2")
class WrongTypeIs500(Pipeline):
    """The server answers 500 to a component that is not an object or a limit that is not a number."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        wrong = refusal.message.endswith(("must be an object", "must be a number"))
        return super().refused(request, Refusal(500, "Internal Server Error") if wrong else refusal)


@fault("field-wrong-type-is-422", "ERROR", "must", origin="blind-2")
class WrongTypeIs422(Pipeline):
    """The server answers 422 to a member of the wrong type."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        wrong = refusal.status == 400 and " must be " in refusal.message
        return super().refused(request, Refusal(422, refusal.message) if wrong else refusal)


@fault("field-team-conflict-is-400", "ERROR", "must", origin="blind-2")
class TeamConflictIs400(Operations):
    """The server answers 400 instead of 409 to a team that belongs to another unit."""

    def check_assignable(self, team: Any, unit: Unit) -> None:
        try:
            super().check_assignable(team, unit)
        except Refusal as refusal:
            raise Refusal(400, refusal.message) from refusal


@fault("field-incomplete-first-budget-is-500", "ERROR", "should", origin="blind-2")
class IncompleteFirstBudgetIs500(Governance):
    """An update answers 500 to a first budget without a duration."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        if change.reset_duration is None:
            raise Refusal(500, "Failed to update business unit")
        return super().new_budget(unit, change, now)
