"""Mistakes of removals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Store, Unit, WindowChange
from ...operations import Operations
from ...views import Views


@fault("REMOVE", "must")
class RemovedBudgetStillAnswered(Operations):
    """The answer to a removal is built from the association that was loaded before: the budget is still in it."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        shown = response.payload["business_unit"]
        if before is not None and before.budget is not None and "budget" not in shown:
            shown |= {"budget_id": before.budget.id, "budget": self.views.budget(before.budget)}
        return response


@fault("REMOVE", "must")
class AbsentBudgetIsNull(Views):
    """A budget that a unit does not have is written as null where the unit has a rate limit."""

    def components(self, unit: Unit) -> Json:
        view = super().components(unit)
        return {"budget": None, **view} if unit.budget is None and unit.rate_limit is not None else view


@fault("REMOVE", "must")
class AbsentRateLimitIsEmpty(Views):
    """A rate limit that a unit does not have is written as {} beside its budget."""

    def components(self, unit: Unit) -> Json:
        view = super().components(unit)
        return {**view, "rate_limit": {}} if unit.rate_limit is None and unit.budget is not None else view


@fault("REMOVE", "must")
class AbsentBudgetIsZeroRow(Views):
    """The detail of a unit joins a row of zero values for a budget that is not there."""

    def detail(self, unit: Unit, team_count: int) -> Json:
        empty = self.budget(Budget("", 0.0, "", False, 0, 0.0, 0, 0))
        return {"budget": empty, **super().detail(unit, team_count)}


@fault("REMOVE", "must")
class ComponentInUseStays(Governance):
    """A budget that was spent from or a rate limit that has counted is not removed, though the answer is 200."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes and unit.budget is not None and unit.budget.current_usage > 0:
            return unit.budget
        return super().budget_after(unit, change, now)

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        old = unit.rate_limit
        if change is not None and change.removes and old and old.token.current_usage + old.request.current_usage:
            return old
        return super().rate_limit_after(unit, change, now)


@fault("REMOVE", "must")
class AlignedBudgetStays(Governance):
    """The removal of an aligned budget ends in the branch that turns the alignment off."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes and unit.budget is not None and unit.budget.calendar_aligned:
            return replace(unit.budget, calendar_aligned=False, updated_at=now)
        return super().budget_after(unit, change, now)


@fault("REMOVE", "must")
class LastComponentCannotGo(Governance):
    """The rule of the creation, at least one component, is applied to updates: the last one cannot be removed."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if after.budget is None and after.rate_limit is None and after is not unit:
            raise Refusal(400, "at least one of budget and rate_limit is required")
        return after


@fault("REMOVE", "should")
class RemovingNothingRefused(Governance):
    """The removal of a component that is not there is 404 instead of doing nothing."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        if change is not None and change.removes and unit.rate_limit is None:
            raise Refusal(404, "Rate limit not found")
        return super().rate_limit_after(unit, change, now)


@fault("REMOVE", "must")
class RemovingNothingCreates(Governance):
    """The removal of a budget that is not there creates one with default values."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if change is not None and change.removes and unit.budget is None:
            return self.new_budget(unit, BudgetChange(100.0, "1M", False), now)
        return super().budget_after(unit, change, now)


@fault("REMOVE", "must")
class OnlyBudgetOfTwoRemoved(Bodies):
    """The handler returns after the removal of the budget: {} for the rate limit in the same body is not reached."""

    def update_of(self, body: Json) -> Change:
        change = super().update_of(body)
        return replace(change, rate_limit=None) if change.budget is not None and change.budget.removes else change


@fault("REMOVE", "must")
class RemovalTakesBoth(Governance):
    """The removal of the budget goes through the function that deletes all governance of the unit."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        removes = change.budget is not None and change.budget.removes and change.rate_limit is None
        return replace(after, rate_limit=None) if removes else after


@fault("REMOVE", "must")
class RemovalClearsLimitsOnly(Governance):
    """An empty rate_limit clears both limits of the row and leaves the row."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        if change is None or not change.removes or unit.rate_limit is None:
            return super().rate_limit_after(unit, change, now)
        token, request = (
            replace(half, max_limit=None, reset_duration=None)
            for half in (unit.rate_limit.token, unit.rate_limit.request)
        )
        return replace(unit.rate_limit, token=token, request=request, updated_at=now)


@fault("REMOVE", "must")
class RemovalClearsTokensOnly(Governance):
    """An empty rate_limit removes the token pair, and the row only when no request pair is left."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        old = unit.rate_limit
        if change is None or not change.removes or old is None or old.request.max_limit is None:
            return super().rate_limit_after(unit, change, now)
        return replace(old, token=self.new_window(WindowChange(), now), updated_at=now)


@fault("REMOVE", "must")
class EmptyObjectComparedAsText(Bodies):
    """A removal is told by the two bytes `{}`: an empty object with a blank inside changes nothing."""

    def document(self, body: bytes) -> Any:
        document = super().document(body)
        if isinstance(document, dict) and b"{}" not in body:
            return {name: value for name, value in document.items() if value != {}}
        return document


@fault("REMOVE", "must")
class RemovalUnsetsAlsoSpend(Governance):
    """The removal of the rate limit starts the budget over: its spend is zero."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        removes = change.rate_limit is not None and change.rate_limit.removes and change.budget is None
        return replace(after, budget=replace(after.budget, current_usage=0.0)) if removes and after.budget else after


@fault("REMOVE", "should")
class RemovalUndoneByRename(Operations):
    """A rename saves the unit from a cache that removals do not clear: what was removed is back."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cached: dict[str, Unit] = {}

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        if before is not None:
            self.cached[before.id] = before
        return super().update_governance(request)

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        unit, old = self.store.find(request.unit_id), self.cached.get(request.unit_id)
        if unit is not None and old is not None:
            self.store.save(
                replace(unit, budget=unit.budget or old.budget, rate_limit=unit.rate_limit or old.rate_limit)
            )
        return response


@fault("REMOVE", "must")
class RemovedRowStillRead(Store):
    """Reads join the budgets by the unit and not by its budget_id: after a removal GET still shows the budget."""

    def save(self, unit: Unit) -> None:
        old = self.find(unit.id)
        if old is not None and old.budget is not None and unit.budget is None and unit.rate_limit is not None:
            unit = replace(unit, budget=old.budget)
        super().save(unit)


@fault("REMOVE", "must")
class DeletionTakesUnit(Operations):
    """A cascade in the wrong direction: deleting both components deletes the unit."""

    def delete_governance(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        response = super().delete_governance(request)
        if unit is not None and unit.budget is not None and unit.rate_limit is not None:
            self.store.remove(unit.id)
        return response


@fault("REMOVE", "must")
class DeletionUnassignsTeams(Operations):
    """Deleting the governance of a unit shares the clean-up of deleting the unit: its teams are unassigned."""

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.unassign_teams(unit)
        return response


@fault("REMOVE", "must")
class SettingBesideRemovalDropped(Governance):
    """When one component is removed, a new one for the other in the same body is not stored."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        if change.budget is not None and change.budget.removes:
            change = replace(change, rate_limit=change.rate_limit if unit.rate_limit else None)
        return super().update(unit, change, now)
