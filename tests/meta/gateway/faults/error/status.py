"""Servers that refuse a request with the wrong status."""

from __future__ import annotations

from typing import Any

from ...assembly import Fault, Level, fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, Unit
from ...operations import Operations
from ...pipeline import Pipeline
from ...wire import Wire


def _answering(name: str, level: Level, status: int, instead: int, description: str, **options: Any) -> Fault:
    """Make a fault of a server that refuses with another status."""

    def refused(self: Pipeline, request: Request, refusal: Refusal) -> Response:
        if refusal.status == status:
            refusal = Refusal(instead, refusal.message, refusal.headers)
        return Pipeline.refused(self, request, refusal)

    return fault(name, level, Pipeline.refused, description=description, **options)(refused)


OTHER_STATUS = [
    _answering("not-found-answered-400", "must", 404, 400, "The server answers 400 for an unknown unit."),
    _answering("not-found-answered-500", "must", 404, 500, "The server answers 500 for an unknown unit."),
    _answering("invalid-answered-404", "must", 400, 404, "The server answers 404 to an invalid request."),
    _answering(
        "invalid-answered-422", "must", 400, 422, "The server answers 422 to an invalid request.", proves=("RESP-08",)
    ),
    _answering("conflict-answered-500", "must", 409, 500, "The server answers 500 instead of 409."),
]


@fault("invalid-answered-200", "must", Wire.status)
def invalid_answered_200(self: Wire, request: Request, response: Response) -> int:
    """The server answers 200 with an error body to an invalid request."""
    return 200 if response.status == 400 else response.status


@fault("malformed-answered-500", "must", Bodies.document, proves=("ERROR-06",))
def malformed_answered_500(self: Bodies, body: bytes) -> Any:
    """The server answers 500 to a body that is not JSON."""
    return self.parse(body)


@fault("short-alignment-answered-500", "must", Governance.update)
def short_alignment_answered_500(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """The server answers 500 to calendar alignment of a short duration."""
    try:
        return Governance.update(self, unit, change, now)
    except Refusal as refusal:
        if "calendar_aligned" in refusal.message:
            raise RuntimeError from refusal
        raise


@fault("invalid-rate-limit-answered-500", "must", Operations.update_governance)
def invalid_rate_limit_answered_500(self: Operations, request: Request) -> Response:
    """An update answers 500 to a rate limit without a duration."""
    try:
        return Operations.update_governance(self, request)
    except Refusal as refusal:
        if "each limit needs" in refusal.message:
            raise RuntimeError from refusal
        raise


@fault("field-wrong-type-is-500", "must", Pipeline.refused, origin="blind-2")
def wrong_type_is_500(self: Pipeline, request: Request, refusal: Refusal) -> Response:
    """The server answers 500 to a component that is not an object or a limit that is not a number."""
    wrong = refusal.message.endswith(("must be an object", "must be a number"))
    return Pipeline.refused(self, request, Refusal(500, "Internal Server Error") if wrong else refusal)


@fault("field-team-conflict-is-400", "must", Operations.check_assignable, origin="blind-2")
def team_conflict_is_400(self: Operations, team: Any, unit: Unit) -> None:
    """The server answers 400 instead of 409 to a team that belongs to another unit."""
    try:
        Operations.check_assignable(self, team, unit)
    except Refusal as refusal:
        raise Refusal(400, refusal.message) from refusal


@fault("field-incomplete-first-budget-is-500", "must", Governance.new_budget, origin="blind-2")
def incomplete_first_budget_is_500(self: Governance, unit: Unit, change: BudgetChange, now: int) -> Budget:
    """An update answers 500 to a first budget without a duration."""
    if change.reset_duration is None:
        raise Refusal(500, "Failed to update business unit")
    return Governance.new_budget(self, unit, change, now)
