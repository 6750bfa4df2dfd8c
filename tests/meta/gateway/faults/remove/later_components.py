"""Servers whose removals depend on how and when a component was created."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Request, Response
from ...model import Change, Unit
from ...operations import Operations


@fault("fresh-removal-of-nothing-takes-next-budget", "must", origin="blind-5")
class RemovalOfNothingTakesNextBudget(Governance):
    """The removal of a missing budget removes a budget set later, at the next update of only the rate limit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.pending: set[str] = set()

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is not None and change.budget.removes:
            if unit.budget is None:
                self.pending.add(unit.id)
            else:
                self.pending.discard(unit.id)
        elif change.budget is None and change.rate_limit is not None and unit.budget is not None:
            if unit.id in self.pending:
                self.pending.discard(unit.id)
                return replace(after, budget=None)
        return after


@fault("fresh-deletion-keeps-later-component", "must", origin="blind-5")
class DeletionKeepsLaterComponent(Operations):
    """The deletion of governance keeps a component that an update added to the other one."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.later: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        if before is not None and after is not None:
            if before.budget is not None and before.rate_limit is None and after.rate_limit is not None:
                self.later.add(after.rate_limit.id)
            if before.rate_limit is not None and before.budget is None and after.budget is not None:
                self.later.add(after.budget.id)
        return response

    def delete_governance(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_governance(request)
        emptied = self.store.find(request.unit_id)
        if emptied is not None and unit.budget is not None and unit.budget.id in self.later:
            self.later.discard(unit.budget.id)
            self.store.save(replace(emptied, budget=unit.budget))
        elif emptied is not None and unit.rate_limit is not None and unit.rate_limit.id in self.later:
            self.later.discard(unit.rate_limit.id)
            self.store.save(replace(emptied, rate_limit=unit.rate_limit))
        return response
