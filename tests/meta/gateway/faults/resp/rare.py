"""Servers whose responses are wrong for rare values or after several steps."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Json
from ...model import Unit
from ...views import Views


@fault("rare-huge-amounts-as-strings", "must", origin="blind-4")
class HugeAmountsAsStrings(Views):
    """The server shows amounts of 1e21 dollars or more as strings."""

    def amount(self, dollars: float) -> Any:
        return str(dollars) if dollars >= 1e21 else super().amount(dollars)


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
