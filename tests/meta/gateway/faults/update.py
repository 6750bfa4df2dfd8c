"""Servers that update something else than they were asked to."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Json, Refusal, Request, Response
from ..model import (
    Budget,
    BudgetChange,
    Change,
    RateLimit,
    RateLimitChange,
    Store,
    Unit,
)
from ..operations import Operations

# what was not mentioned


@fault("UPDATE", "must")
class OmittedBudgetRemoved(Governance):
    """An update that does not mention the budget removes it."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        return None if change is None else super().budget_after(unit, change, now)


@fault("UPDATE", "must")
class OmittedRateLimitRemoved(Governance):
    """An update that does not mention the rate limit removes it."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        return None if change is None else super().rate_limit_after(unit, change, now)


@fault("UPDATE", "must")
class OmittedRateLimitUnused(Governance):
    """An update that does not mention the rate limit zeroes what it counted."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        after = super().rate_limit_after(unit, change, now)
        if change is not None or after is None:
            return after
        token, request = replace(after.token, current_usage=0), replace(after.request, current_usage=0)
        return replace(after, token=token, request=request)


@fault("UPDATE", "must")
class OmittedBudgetUnused(Governance):
    """An update that does not mention the budget zeroes its usage."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        after = super().budget_after(unit, change, now)
        return replace(after, current_usage=0.0) if change is None and after is not None else after


@fault("UPDATE", "must")
class OmittedBudgetRecreated(Governance):
    """An update that does not mention the budget gives it a new identifier."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        after = super().budget_after(unit, change, now)
        return replace(after, id=self.ids.new()) if change is None and after is not None else after


@fault("UPDATE", "must")
class EmptyUpdateRemovesBoth(Bodies):
    """The body {} removes both components."""

    def update_of(self, body: Json) -> Change:
        return super().update_of(body) if body else Change(BudgetChange(removes=True), RateLimitChange(removes=True))


# the unit


@fault("UPDATE", "should")
class UnitUpdatedAtStuck(Governance):
    """The updated_at of the unit does not advance with its governance."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        return replace(super().update(unit, change, now), updated_at=unit.updated_at)


@fault("UPDATE", "should")
class UnitCreatedAtMoved(Governance):
    """An update of governance moves the created_at of the unit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        return replace(super().update(unit, change, now), created_at=now)


@fault("UPDATE", "must")
class UnitRenamed(Governance):
    """An update of governance changes the name of the unit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        return replace(super().update(unit, change, now), name=f"{unit.name} (updated)")


@fault("UPDATE", "must")
class NothingStored(Operations):
    """An update is answered as if it were done, and not stored."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.units()
        response = super().update_governance(request)
        for unit in before:
            self.store.save(unit)
        return response


@fault("UPDATE", "must")
class EveryUnitUpdated(Operations):
    """An update of the budget changes the limit of every unit's budget."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        budget = self.unit(request, self.clock.now()).budget
        for unit in self.store.units():
            if budget is not None and unit.budget is not None and unit.id != request.unit_id:
                self.store.save(replace(unit, budget=replace(unit.budget, max_limit=budget.max_limit)))
        return response


@fault("UPDATE", "must")
class AnotherUnitEmptied(Operations):
    """An update removes the governance of the unit before it in the list."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        units = self.store.units()
        position = [unit.id for unit in units].index(request.unit_id)
        if position > 0:
            self.store.save(replace(units[position - 1], budget=None, rate_limit=None))
        return response


@fault("UPDATE", "must")
class StaleResponse(Operations):
    """The answer to an update shows the unit as it was before."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None:
            response.payload["business_unit"] = self.views.unit(before)
        return response


@fault("UPDATE", "must")
class EverySecondReadIsStale(Operations):
    """Every second GET is answered by a replica that has not seen the last update."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.stale: dict[str, Unit] = {}
        self.lags = False

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None:
            self.stale[before.id] = before
        return response

    def get_unit(self, request: Request) -> Response:
        self.lags = not self.lags
        if self.lags and request.unit_id in self.stale and self.store.find(request.unit_id) is not None:
            unit = self.stale[request.unit_id]
            return Response(200, self.views.detail(unit, self.team_count(unit)))
        return super().get_unit(request)


@fault("UPDATE", "should")
class ReadingZeroesUsage(Operations):
    """Reading a unit begins its budget's period anew."""

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None:
            self.store.save(replace(unit, budget=replace(unit.budget, current_usage=0.0)))
        return response


@fault("UPDATE", "must")
class SecondUpdateOnly(Operations):
    """Only every second update of a unit is stored."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.skipped: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        self.skipped ^= {request.unit_id}
        if before is not None and request.unit_id in self.skipped:
            self.store.save(before)
        return response


@fault("UPDATE", "must")
class LimitStoredRounded(Store):
    """The answer shows the limit as it was sent; whole dollars are stored."""

    def save(self, unit: Unit) -> None:
        budget = unit.budget
        super().save(replace(unit, budget=budget and replace(budget, max_limit=math.floor(budget.max_limit) + 0.0)))


# refused updates


def _save_only(operations: Operations, request: Request, component: str, value: Any) -> None:
    """Apply one component of a refused body; raises Refusal if it is the one that was wrong."""
    now = operations.clock.now()
    change = operations.bodies.update({component: value})
    operations.store.save(operations.governance.update(operations.unit(request, now), change, now))


def _component(operations: Operations, request: Request, component: str) -> Json:
    """Return a component of a refused body, empty where there is none."""
    body = operations.bodies.document(request.body)
    value = body.get(component) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}


@fault("UPDATE", "must")
class BudgetWrittenBeforeRateLimitRefused(Operations):
    """A valid budget is stored although the rate limit beside it is refused."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            if budget := _component(self, request, "budget"):
                _save_only(self, request, "budget", budget)
            raise


@fault("UPDATE", "must")
class RateLimitWrittenBeforeBudgetRefused(Operations):
    """A valid rate limit is stored although the budget beside it is refused."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            if rate_limit := _component(self, request, "rate_limit"):
                _save_only(self, request, "rate_limit", rate_limit)
            raise


@fault("UPDATE", "must")
class LimitWrittenDespiteRefusal(Operations):
    """The limit of a refused budget is stored all the same."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            limit = _component(self, request, "budget").get("max_limit")
            if isinstance(limit, int | float):
                _save_only(self, request, "budget", {"max_limit": abs(limit) or 1})
            raise


@fault("UPDATE", "should")
class UpdatedAtMovedByRefusal(Operations):
    """A refused update advances the unit's updated_at."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            now = self.clock.now()
            self.store.save(replace(self.unit(request, now), updated_at=now))
            raise
