"""Servers that show wrong ids of components."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Json
from ...model import Unit
from ...settings import Settings
from ...views import Views


@fault("budget-id-is-another", "RESP", "should", proves=("UPDATE-18",))
class BudgetIdIsAnother(Views):
    """budget_id is not the id of the budget."""

    def component_ids(self, unit: Unit) -> Json:
        view = super().component_ids(unit)
        return {**view, "budget_id": f"budget-of-{unit.id}"} if unit.budget else view


@fault("rate-limit-id-is-budget-id", "RESP", "should")
class RateLimitIdIsBudgetId(Views):
    """rate_limit_id is the id of the budget."""

    def component_ids(self, unit: Unit) -> Json:
        view = super().component_ids(unit)
        return {**view, "rate_limit_id": unit.budget.id} if unit.budget and unit.rate_limit else view


@fault("field-component-ids-missing", "RESP", "should", origin="blind-2")
class ComponentIdsMissing(Views):
    """budget_id and rate_limit_id are absent."""

    def component_ids(self, unit: Unit) -> Json:
        return {}


@fault("third-budget-id-of-the-first-budget", "RESP", "should", origin="blind-3")
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
