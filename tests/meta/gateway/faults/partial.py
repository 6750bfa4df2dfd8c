"""Servers that are confused by components which come incomplete, twice, or spelled otherwise."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Json, Refusal, Request, Response
from ..model import Budget, BudgetChange, Change, Unit, WindowChange
from ..operations import Operations

# a part of the fields


@fault("UPDATE", "must")
class PartialRateLimitStoredOtherwise(Operations):
    """Half a rate limit is answered as merged with the stored one, and stored without the other half."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        change = self.bodies.update(self.bodies.document(request.body)).rate_limit
        unit = self.unit(request, self.clock.now())
        lacks_requests = change is not None and not change.removes and change.request == WindowChange()
        if unit.rate_limit is not None and lacks_requests:
            bare = replace(unit.rate_limit.request, max_limit=None, reset_duration=None)
            self.store.save(replace(unit, rate_limit=replace(unit.rate_limit, request=bare)))
        return response


@fault("UPDATE", "must")
class LoneFlagRemovesRateLimit(Governance):
    """A budget with calendar_aligned alone removes the rate limit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        budget = change.budget
        lone = budget is not None and not budget.removes and budget.max_limit is None and budget.reset_duration is None
        return replace(after, rate_limit=None) if lone else after


@fault("UPDATE", "must")
class PartialBudgetIsConflict(Governance):
    """A budget without a duration is a 409 where there is one that is calendar-aligned."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.calendar_aligned and change.reset_duration is None:
            raise Refusal(409, "the budget follows the calendar")
        return super().change_budget(budget, change, now)


@fault("UPDATE", "must")
class RefusedPartRemovesRateLimit(Operations):
    """A rate limit without its limits is refused where there is none, and takes the budget along."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            if "a rate limit needs" in refusal.message:
                self.store.save(replace(self.unit(request, self.clock.now()), budget=None))
            raise


@fault("UPDATE", "should")
class LoneLimitRecreatesBudget(Governance):
    """A budget limit without its duration gives the budget a new identifier."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return replace(after, id=self.ids.new()) if change.reset_duration is None else after


@fault("UPDATE", "should")
class LoneLimitMovesLastReset(Governance):
    """A budget limit without its duration begins a new period of a budget that follows the calendar."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        lone = change.reset_duration is None and budget.calendar_aligned
        return replace(after, last_reset=now) if lone else after


@fault("UPDATE", "should")
class ChangeOfBothZeroesRequests(Governance):
    """An update that changes both components forgets the requests that were counted."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is None or change.rate_limit is None or after.rate_limit is None:
            return after
        return replace(
            after, rate_limit=replace(after.rate_limit, request=replace(after.rate_limit.request, current_usage=0))
        )


# members that come twice


def _first_of_each(pairs: list[tuple[str, Any]]) -> Json:
    return dict(reversed(pairs))


@fault("UPDATE", "must")
class DoubledMemberStoredFirst(Operations):
    """Of a member that comes twice the last is answered and the first is stored."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        first = json.loads(request.body, object_pairs_hook=_first_of_each)
        if before is not None and first != self.bodies.document(request.body):
            change = self.bodies.update(first)
            self.store.save(self.governance.update(before, change, self.clock.now()))
        return response


@fault("UPDATE", "must")
class DoubledMemberBreaks(Bodies):
    """A member that comes twice is a 500."""

    def members(self, pairs: list[tuple[str, Any]]) -> Json:
        found = super().members(pairs)
        assert len(found) == len(pairs)
        return found


# other spellings


@fault("UPDATE", "must")
class ExponentsRefused(Bodies):
    """A number with an exponent is no limit."""

    def parse(self, body: bytes) -> Any:
        if re.search(rb":\s*[0-9.]+[eE]", body):
            raise ValueError("exponent")
        return super().parse(body)


@fault("UPDATE", "must")
class TrailingZerosRefused(Bodies):
    """A number that ends with .00 is no limit."""

    def parse(self, body: bytes) -> Any:
        if re.search(rb"[0-9]\.0+[,}\s]", body):
            raise ValueError("fraction")
        return super().parse(body)


@fault("UPDATE", "must")
class FirstMemberCounts(Bodies):
    """A budget that comes after the rate limit is overlooked."""

    def update_of(self, body: Json) -> Change:
        late = list(body)[:1] == ["rate_limit"] and bool(body.get("budget"))
        return super().update_of({"rate_limit": body["rate_limit"]} if late else body)


@fault("UPDATE", "should")
class CompoundDurationsRewritten(Bodies):
    """1h30m is stored as 90m."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        found = re.fullmatch(r"([0-9]+)h([0-9]+)m", text)
        return f"{int(found[1]) * 60 + int(found[2])}m" if found else text


@fault("UPDATE", "should")
class MediaTypeInCapitalsRefused(Operations):
    """A Content-Type that is not in lower case is refused."""

    def document(self, request: Request) -> Any:
        declared = request.headers.get("Content-Type", "").partition(";")[0]
        if declared != declared.lower():
            raise Refusal(400, "Content-Type must be application/json")
        return super().document(request)


@fault("UPDATE", "should")
class IdTakenFromBody(Operations):
    """The identifier of a budget may come with the request."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        given = self.bodies.document(request.body).get("budget") or {}
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and isinstance(given.get("id"), str):
            after = replace(unit, budget=replace(unit.budget, id=given["id"]))
            self.store.save(after)
            response.payload["business_unit"] = self.views.unit(after)
        return response
