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


@fault("removed-budget-still-read", "REMOVE", "must", proves=("REMOVE-04",))
class RemovedBudgetStillRead(_LastSeen):
    """A GET shows a budget that was removed."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        view = super().detail(unit, team_count)
        return {**{name: value for name, value in self.seen[unit.id].items() if name == "budget"}, **view}


@fault("removed-rate-limit-still-answered", "REMOVE", "must")
class RemovedRateLimitStillAnswered(_LastSeen):
    """The response to a removal shows the rate limit that was removed."""

    def unit(self, unit: Unit) -> Json:
        view = super().unit(unit)
        return {**{name: value for name, value in self.seen[unit.id].items() if name == "rate_limit"}, **view}


@fault("absent-budget-shown-empty", "REMOVE", "must")
class AbsentBudgetShownEmpty(Views):
    """The server shows `budget: {}` for a unit without a budget."""

    def components(self, unit: Unit) -> Json:
        return {"budget": {}, **super().components(unit)}


@fault("absent-budget-shown-null", "REMOVE", "must")
class AbsentBudgetShownNull(Views):
    """The server shows `budget: null` for a unit without a budget."""

    def components(self, unit: Unit) -> Json:
        return {"budget": None, **super().components(unit)}


@fault("absent-rate-limit-shown-null", "REMOVE", "must")
class AbsentRateLimitShownNull(Views):
    """The server shows `rate_limit: null` for a unit without a rate limit."""

    def components(self, unit: Unit) -> Json:
        return {"rate_limit": None, **super().components(unit)}


@fault("absent-budget-id-shown-null", "REMOVE", "must")
class AbsentBudgetIdShownNull(Views):
    """The server shows `budget_id: null` for a unit without a budget."""

    def component_ids(self, unit: Unit) -> Json:
        return {"budget_id": None, **super().component_ids(unit)}


@fault("field-absent-budget-is-null", "REMOVE", "must", origin="blind-2")
class AbsentBudgetIsNull(Views):
    """The server shows `budget: null` for a unit that has only a rate limit."""

    def components(self, unit: Unit) -> Json:
        view = super().components(unit)
        return {"budget": None, **view} if unit.budget is None and unit.rate_limit is not None else view


@fault("field-absent-budget-is-zero-row", "REMOVE", "must", origin="blind-2")
class AbsentBudgetIsZeroRow(Views):
    """A GET shows a budget of zero values for a unit without a budget."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        empty = self.budget(Budget("", 0.0, "", False, 0, 0.0, 0, 0))
        return {"budget": empty, **super().detail(unit, team_count)}


@fault("field-absent-rate-limit-is-empty", "REMOVE", "must", origin="blind-2")
class AbsentRateLimitIsEmpty(Views):
    """The server shows `rate_limit: {}` for a unit that has only a budget."""

    def components(self, unit: Unit) -> Json:
        view = super().components(unit)
        return {**view, "rate_limit": {}} if unit.rate_limit is None and unit.budget is not None else view


@fault("field-removed-budget-still-answered", "REMOVE", "must", origin="blind-2")
class RemovedBudgetStillAnswered(Operations):
    """The response to a removal shows the budget that was removed."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        shown = response.payload["business_unit"]
        if before is not None and before.budget is not None and "budget" not in shown:
            shown |= {"budget_id": before.budget.id, "budget": self.views.budget(before.budget)}
        return response


@fault("field-removed-row-still-read", "REMOVE", "must", origin="blind-2")
class RemovedRowStillRead(Store):
    """The server keeps a removed budget while the unit has a rate limit."""

    def save(self, unit: Unit) -> None:
        old = self.find(unit.id)
        if old is not None and old.budget is not None and unit.budget is None and unit.rate_limit is not None:
            unit = replace(unit, budget=old.budget)
        super().save(unit)


@fault("field-reload-forgets-removal", "REMOVE", "must", origin="blind-2")
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


@fault("budget-id-left-behind", "REMOVE", "should", proves=("REMOVE-07",))
class BudgetIdLeftBehind(_LastSeen):
    """budget_id still names a budget that was removed."""

    def component_ids(self, unit: Unit) -> Json:
        self.components(unit)
        left = {name: value for name, value in self.ids[unit.id].items() if name == "budget_id"}
        return {**left, **super().component_ids(unit)}


@fault("budget-id-returns", "REMOVE", "should")
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


@fault("rate-limit-id-left-behind", "REMOVE", "should")
class RateLimitIdLeftBehind(_LastSeen):
    """rate_limit_id still names a rate limit that was removed."""

    def component_ids(self, unit: Unit) -> Json:
        self.components(unit)
        left = {name: value for name, value in self.ids[unit.id].items() if name == "rate_limit_id"}
        return {**left, **super().component_ids(unit)}
