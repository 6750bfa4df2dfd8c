"""Servers that show wrong ids of components."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Unit
from ...operations import Operations
from ...settings import Settings
from ...views import Views


@fault("budget-id-is-another", "should", Views.component_ids, proves=("UPDATE-18",))
def budget_id_is_another(self: Views, unit: Unit) -> Json:
    """budget_id is not the id of the budget."""
    view = Views.component_ids(self, unit)
    return {**view, "budget_id": f"budget-of-{unit.id}"} if unit.budget else view


@fault("field-component-ids-missing", "should", Views.component_ids, origin="blind-2")
def component_ids_missing(self: Views, unit: Unit) -> Json:
    """budget_id and rate_limit_id are absent."""
    return {}


@fault("third-budget-id-of-the-first-budget", "should", origin="blind-3")
class BudgetIdOfTheFirstBudget(Views):
    """budget_id names the first budget of the unit after another one has replaced it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._first: dict[str, str] = {}

    def component_ids(self, unit: Unit) -> Json:
        view = super().component_ids(unit)
        if "budget_id" in view:
            view["budget_id"] = self._first.setdefault(unit.id, view["budget_id"])
        return view


@fault("rare-budget-id-of-removed-budget", "must", origin="blind-4")
class BudgetIdOfRemovedBudget(Views):
    """After a budget was removed and another one set, budget_id still has the identifier of the removed one."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.first: dict[str, str] = {}

    def component_ids(self, unit: Unit) -> Json:
        view = super().component_ids(unit)
        if "budget_id" in view:
            view["budget_id"] = self.first.setdefault(unit.id, view["budget_id"])
        return view


@fault("subtle-removed-id-beside-set-component", "must", Operations.update_governance, origin="blind-12")
def removed_id_beside_set_component(self: Operations, request: Request) -> Response:
    """The response to an update that removes one component and sets the other has the id of the removed one."""
    before = self.store.find(request.unit_id)
    response = Operations.update_governance(self, request)
    after = self.store.find(request.unit_id)
    if before is None or after is None:
        return response
    view = response.payload["business_unit"]
    if before.budget and not after.budget and after.rate_limit and after.rate_limit != before.rate_limit:
        view["budget_id"] = before.budget.id
    if before.rate_limit and not after.rate_limit and after.budget and after.budget != before.budget:
        view["rate_limit_id"] = before.rate_limit.id
    return response
