"""Servers that show what was removed, or show its absence wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Budget, Store, Unit
from ...operations import Operations
from ...views import Views


class _LastSeen(Views):
    """Keeps the components that each unit was last shown with."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.ids: dict[str, Json] = {}
        self.seen: dict[str, Json] = {}

    def components(self, unit: Unit) -> Json:
        view = super().components(unit)
        self.seen.setdefault(unit.id, {}).update(view)
        self.ids.setdefault(unit.id, {}).update(super().component_ids(unit))
        return view


@fault("removed-budget-still-read", "must", proves=("REMOVE-04",))
class RemovedBudgetStillRead(_LastSeen):
    """A GET shows a budget that was removed."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        return {**{name: value for name, value in self.seen[unit.id].items() if name == "budget"}, **view}


@fault("removed-rate-limit-still-answered", "must")
class RemovedRateLimitStillAnswered(_LastSeen):
    """The response to a removal shows the rate limit that was removed."""

    def unit(self, unit: Unit) -> Json:
        view = super().unit(unit)
        return {**{name: value for name, value in self.seen[unit.id].items() if name == "rate_limit"}, **view}


@fault("absent-budget-shown-empty", "must", Views.components)
def absent_budget_shown_empty(self: Views, unit: Unit) -> Json:
    """The server shows `budget: {}` for a unit without a budget."""
    return {"budget": {}, **Views.components(self, unit)}


@fault("absent-budget-shown-null", "must", Views.components)
def absent_budget_shown_null(self: Views, unit: Unit) -> Json:
    """The server shows `budget: null` for a unit without a budget."""
    return {"budget": None, **Views.components(self, unit)}


@fault("absent-rate-limit-shown-null", "must", Views.components)
def absent_rate_limit_shown_null(self: Views, unit: Unit) -> Json:
    """The server shows `rate_limit: null` for a unit without a rate limit."""
    return {"rate_limit": None, **Views.components(self, unit)}


@fault("absent-budget-id-shown-null", "must", Views.component_ids)
def absent_budget_id_shown_null(self: Views, unit: Unit) -> Json:
    """The server shows `budget_id: null` for a unit without a budget."""
    return {"budget_id": None, **Views.component_ids(self, unit)}


@fault("field-absent-budget-is-zero-row", "must", Views.detail, origin="blind-2")
def absent_budget_is_zero_row(self: Views, unit: Unit, team_count: int) -> Json:
    """A GET shows a budget of zero values for a unit without a budget."""
    empty = Budget(
        id="",
        max_limit=0.0,
        reset_duration="",
        calendar_aligned=False,
        last_reset=0,
        current_usage=0.0,
        created_at=0,
        updated_at=0,
    )
    return {"budget": self.budget(empty), **Views.detail(self, unit, team_count)}


@fault("field-removed-budget-still-answered", "must", Operations.update_governance, origin="blind-2")
def removed_budget_still_answered(self: Operations, request: Request) -> Response:
    """The response to a removal shows the budget that was removed."""
    before = self.store.find(request.unit_id)
    response = Operations.update_governance(self, request)
    shown = response.payload["business_unit"]
    if before is not None and before.budget is not None and "budget" not in shown:
        shown |= {"budget_id": before.budget.id, "budget": self.views.budget(before.budget)}
    return response


@fault("field-removed-row-still-read", "must", Store.save, origin="blind-2")
def removed_row_still_read(self: Store, unit: Unit) -> None:
    """The server keeps a removed budget while the unit has a rate limit."""
    old = self.find(unit.id)
    if old is not None and old.budget is not None and unit.budget is None and unit.rate_limit is not None:
        unit = replace(unit, budget=old.budget)
    Store.save(self, unit)


@fault("field-reload-forgets-removal", "must", origin="blind-2")
class ReloadForgetsRemoval(Operations):
    """A GET shows a removed rate limit until the next update."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.memory: dict[str, Unit] = {}

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        self.memory.pop(request.unit_id, None)
        if before and after and before.rate_limit is not None and after.rate_limit is None:
            self.memory[request.unit_id] = before
        return response

    def get_unit(self, request: Request) -> Response:
        current, old = self.store.find(request.unit_id), self.memory.get(request.unit_id)
        if current is None or old is None:
            return super().get_unit(request)
        return Response(200, self.views.detail(replace(current, rate_limit=old.rate_limit), self.team_count(current)))


@fault("budget-id-left-behind", "should", proves=("REMOVE-07",))
class BudgetIdLeftBehind(_LastSeen):
    """budget_id still names a budget that was removed."""

    def component_ids(self, unit: Unit) -> Json:
        self.components(unit)
        left = {name: value for name, value in self.ids[unit.id].items() if name == "budget_id"}
        return {**left, **super().component_ids(unit)}


@fault("budget-id-returns", "should")
class BudgetIdReturns(_LastSeen):
    """budget_id is absent from the response to a removal and present in later responses."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.shown_without: set[str] = set()

    def component_ids(self, unit: Unit) -> Json:
        self.components(unit)
        if unit.budget is None and unit.id not in self.shown_without:
            self.shown_without.add(unit.id)
            return super().component_ids(unit)
        left = {name: value for name, value in self.ids[unit.id].items() if name == "budget_id"}
        return {**left, **super().component_ids(unit)}


@fault("rate-limit-id-left-behind", "should")
class RateLimitIdLeftBehind(_LastSeen):
    """rate_limit_id still names a rate limit that was removed."""

    def component_ids(self, unit: Unit) -> Json:
        self.components(unit)
        left = {name: value for name, value in self.ids[unit.id].items() if name == "rate_limit_id"}
        return {**left, **super().component_ids(unit)}


@fault("hidden-cached-read-survives-deletion-of-governance", "must", origin="blind-8")
class CachedReadSurvivesDeletionOfGovernance(Operations):
    """A GET of a unit that was read just before its governance was deleted still shows the governance."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cached: dict[str, Json] = {}

    def run(self, request: Request) -> Response:
        if request.method != "GET" and request.operation != "deleteBusinessUnitGovernance":
            self.cached.pop(request.parameters.get("id", ""), None)
        return super().run(request)

    def get_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        if unit.id not in self.cached:
            self.cached[unit.id] = self.views.detail(unit, self.team_count(unit))
        return Response(200, self.cached[unit.id])
