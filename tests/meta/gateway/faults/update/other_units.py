"""Servers on which an update changes or reads another unit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Request, Response
from ...model import Budget, BudgetChange, Store, Unit
from ...operations import Operations


@fault("rare-duration-of-other-unit", "should", origin="blind-4")
class DurationOfOtherUnit(Governance):
    """An update of only the limit takes the duration of the other unit's budget that was set or changed in between."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.known: set[str] = set()
        self.last: Budget | None = None

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        budget = super().budget_after(unit, change, now)
        if budget is not None and change is not None:
            self.last = budget
            self.known.add(budget.id)
        return budget

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.reset_duration is None and self.last is not None and budget.id in self.known:
            budget = replace(budget, reset_duration=self.last.reset_duration)
        return super().merge_budget(budget, change, now)


@fault("scarce-equal-body-for-next-unit-lost", "must", origin="blind-9")
class EqualBodyForNextUnitLost(Operations):
    """An update answers 200 and stores nothing if the request just before it sent the same body to another unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.previous: tuple[str, bytes] | None = None

    def run(self, request: Request) -> Response:
        previous, self.previous = self.previous, None
        repeats = previous is not None and previous[0] != request.parameters.get("id") and previous[1] == request.body
        with self.store.transaction():
            before = self.store.find(request.parameters.get("id", ""))
            response = super().run(request)
            if request.operation == "updateBusinessUnitGovernance":
                self.previous = (request.unit_id, request.body)
                if repeats and before is not None:
                    self.store.save(before)
        return response


@fault("every-unit-updated", "must", Operations.update_governance, proves=("UPDATE-11",))
def every_unit_updated(self: Operations, request: Request) -> Response:
    """An update of the budget changes the limit of every budget."""
    response = Operations.update_governance(self, request)
    budget = self.unit(request, self.clock.now()).budget
    for unit in self.store.units():
        if budget is not None and unit.budget is not None and unit.id != request.unit_id:
            self.store.save(replace(unit, budget=replace(unit.budget, max_limit=budget.max_limit)))
    return response


@fault("another-unit-emptied", "must", Operations.update_governance, proves=("LIFE-13",))
def another_unit_emptied(self: Operations, request: Request) -> Response:
    """An update removes the governance of the previous unit in the list."""
    response = Operations.update_governance(self, request)
    units = self.store.units()
    position = [unit.id for unit in units].index(request.unit_id)
    if position > 0:
        self.store.save(replace(units[position - 1], budget=None, rate_limit=None))
    return response


@fault("field-equal-budgets-shared", "must", Store.save, origin="blind-2")
def equal_budgets_shared(self: Store, unit: Unit) -> None:
    """A first budget equal to that of another unit is shared, so a change of one changes both."""
    old = self.find(unit.id)
    others = [other for other in self.units() if other.id != unit.id and other.budget is not None]
    if unit.budget is not None and old is not None and old.budget is None:
        shape = (unit.budget.max_limit, unit.budget.reset_duration)
        twins = [o.budget for o in others if o.budget and (o.budget.max_limit, o.budget.reset_duration) == shape]
        unit = replace(unit, budget=twins[0]) if twins else unit
    for other in others:
        if unit.budget and other.budget and other.budget.id == unit.budget.id:
            Store.save(self, replace(other, budget=unit.budget))
    Store.save(self, unit)
