"""Mistakes that the product itself has had, where no other module has them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Request, Response
from ...model import Budget, BudgetChange, Change, Unit
from ...operations import Operations


@fault("ALIGN", "must")
class ZeroingNotStored(Operations):
    """Turning alignment on is answered with zero and the start of the period; the row keeps spend and window."""

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        if before and after and before.budget and after.budget and before.budget.id == after.budget.id:
            if after.budget.calendar_aligned and not before.budget.calendar_aligned:
                old = before.budget
                budget = replace(after.budget, current_usage=old.current_usage, last_reset=old.last_reset)
                self.store.save(replace(after, budget=budget))
        return response


@fault("UPDATE", "must")
class SingleBudgetIgnored(Bodies):
    """The decoder has moved on to a list of budgets: the documented member `budget` is ignored beside a rate limit."""

    def update_of(self, body: Json) -> Change:
        if body.get("budget") and body.get("rate_limit"):
            body = {name: value for name, value in body.items() if name != "budget"}
        return super().update_of(body)


@fault("UPDATE", "should")
class SpendCountedTwice(Governance):
    """An update of the rate limit replays the log of the unit: what was spent of the budget counts twice."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.rate_limit is None or change.budget is not None or after.budget is None:
            return after
        return replace(after, budget=replace(after.budget, current_usage=after.budget.current_usage * 2))


@fault("UPDATE", "conformant")
class WindowNeverRolls(Governance):
    """Nothing resets a budget whose rolling period is over: last_reset of a budget of one second stands still.

    When a window that is over begins anew is on no page: a job may do it later.
    """

    def rolling_start(self, text: str | None, last_reset: int, now: int) -> int:
        return last_reset


@fault("RESP", "must")
class ReplicasDisagree(Operations):
    """Counters live in each replica: every second GET of a unit in use shows none."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.turns = itertools.count()

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        if next(self.turns) % 2:
            for component in (response.payload.get("budget", {}), response.payload.get("rate_limit", {})):
                component |= {name: 0 for name in component if name.endswith("current_usage")}
        return response


@fault("RESP", "must")
class RemovalAnswersMessage(Operations):
    """An update that removes is answered with the message alone, as a deletion is."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        if {} in self.document(request).values():
            del response.payload["business_unit"]
        return response


@fault("UPDATE", "must")
class FieldsCannotBeLowered(Governance):
    """Limits are merged by the larger value, as when replicas are reconciled: they can be raised and not lowered."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=max(changed.max_limit, budget.max_limit))


@fault("REMOVE", "must")
class ReloadForgetsRemoval(Operations):
    """Removals of the rate limit do not reach the copy in memory until another update: GET still shows it."""

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
