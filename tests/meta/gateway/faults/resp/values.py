"""Servers that show other values than the stored ones."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Budget, RateLimit, Unit
from ...operations import Operations
from ...views import Views


@fault("flag-always-false", "must", Views.budget)
def flag_always_false(self: Views, budget: Budget) -> Json:
    """calendar_aligned is always false in responses."""
    return {**Views.budget(self, budget), "calendar_aligned": False}


@fault("flag-false-when-read", "must", Views.detail)
def flag_false_when_read(self: Views, unit: Unit, team_count: int) -> Json:
    """calendar_aligned is always false in a GET."""
    view = Views.detail(self, unit, team_count)
    if "budget" in view:
        view["budget"]["calendar_aligned"] = False
    return view


@fault("field-large-amounts-rounded", "must", Views.amount, origin="blind-2")
def large_amounts_rounded(self: Views, dollars: float) -> Any:
    """Amounts are shown with six significant digits."""
    return Views.amount(self, float(f"{dollars:.6g}"))


@fault("field-unset-limit-is-zero", "should", Views.rate_limit, origin="blind-2")
def unset_limit_is_zero(self: Views, rate_limit: RateLimit) -> Json:
    """An unset limit is shown as 0."""
    return {"token_max_limit": 0, "request_max_limit": 0, **Views.rate_limit(self, rate_limit)}


@fault("field-detail-swaps-pairs", "must", Views.detail, origin="blind-2")
def detail_swaps_pairs(self: Views, unit: Unit, team_count: int) -> Json:
    """A GET swaps the token limit and the request limit."""
    if unit.rate_limit is not None and unit.rate_limit.token.max_limit and unit.rate_limit.request.max_limit:
        token = replace(unit.rate_limit.token, max_limit=unit.rate_limit.request.max_limit)
        request = replace(unit.rate_limit.request, max_limit=unit.rate_limit.token.max_limit)
        unit = replace(unit, rate_limit=replace(unit.rate_limit, token=token, request=request))
    return Views.detail(self, unit, team_count)


@fault("field-answer-without-spend", "must", Operations.update_governance, origin="blind-2")
def answer_without_spend(self: Operations, request: Request) -> Response:
    """The response to an update shows a usage of 0."""
    response = Operations.update_governance(self, request)
    if budget := response.payload["business_unit"].get("budget"):
        budget["current_usage"] = 0
    return response


@fault("field-answer-from-before-update", "must", origin="blind-2")
class AnswerFromBeforeUpdate(Operations):
    """The response to every update of a unit but the first shows the unit before the update."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.loaded: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None and request.unit_id in self.loaded:
            return Response(200, self.views.governed("Business unit governance updated successfully", before))
        self.loaded.add(request.unit_id)
        return response


@fault("field-detail-read-from-replica", "must", origin="blind-2")
class DetailReadFromReplica(Operations):
    """A GET shows the unit as it was half a second ago."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.behind: dict[str, tuple[float, Unit]] = {}

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None:
            self.behind[before.id] = (time.monotonic(), before)
        return response

    def get_unit(self, request: Request) -> Response:
        then, old = self.behind.get(request.unit_id, (-9.0, None))
        current = self.store.find(request.unit_id)
        if old is None or current is None or time.monotonic() - then > 0.5:
            return super().get_unit(request)
        shown = replace(old, name=current.name)
        return Response(200, self.views.detail(shown, self.team_count(shown)))


@fault("field-replicas-disagree", "must", proves=("RESP-10",), origin="blind-2")
class ReplicasDisagree(Operations):
    """Every second GET shows usage counters of 0."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.turns = itertools.count()

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        if next(self.turns) % 2:
            for component in (response.payload.get("budget", {}), response.payload.get("rate_limit", {})):
                component |= {name: 0 for name in component if name.endswith("current_usage")}
        return response
