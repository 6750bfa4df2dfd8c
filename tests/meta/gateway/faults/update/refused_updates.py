"""Servers that change a unit by a part of an update that they refuse."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from ...after_refusal import AfterRefusal
from ...assembly import fault
from ...messages import Json, Refusal, Request
from ...model import RateLimit, RateLimitChange
from ...operations import Operations


def _save_only(operations: Operations, request: Request, component: str, value: Any) -> None:
    """Apply one component of a refused body. Raises Refusal if this component is invalid."""
    now = operations.clock.now()
    change = operations.bodies.update({component: value})
    operations.store.save(operations.governance.update(operations.unit(request, now), change, now))


def _component(operations: Operations, request: Request, component: str) -> Json:
    """Return a component of a refused body, or an empty object."""
    body = operations.bodies.document(request.body)
    value = body.get(component) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}


@fault("budget-written-before-rate-limit-refused", "must", AfterRefusal.after_refusal, proves=("VALID-14",))
def budget_written_before_rate_limit_refused(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores a valid budget although it refuses the rate limit in the same body."""
    if budget := _component(self, request, "budget"):
        _save_only(self, request, "budget", budget)


@fault("rate-limit-written-before-budget-refused", "must", AfterRefusal.after_refusal)
def rate_limit_written_before_budget_refused(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores a valid rate limit although it refuses the budget in the same body."""
    if rate_limit := _component(self, request, "rate_limit"):
        _save_only(self, request, "rate_limit", rate_limit)


@fault("limit-written-despite-refusal", "must", AfterRefusal.after_refusal)
def limit_written_despite_refusal(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores the limit of a budget that it refuses."""
    limit = _component(self, request, "budget").get("max_limit")
    if isinstance(limit, int | float):
        _save_only(self, request, "budget", {"max_limit": abs(limit) or 1})


@fault("updated-at-moved-by-refusal", "must", AfterRefusal.after_refusal)
def updated_at_moved_by_refusal(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """A refused update moves updated_at of the unit."""
    now = self.clock.now()
    self.store.save(replace(self.unit(request, now), updated_at=now))


@fault("refused-part-removes-budget", "must", AfterRefusal.after_refusal)
def refused_part_removes_budget(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """A refused first rate limit without a limit removes the budget."""
    if "a rate limit needs" in refusal.message:
        self.store.save(replace(self.unit(request, self.clock.now()), budget=None))


@fault("late-limit-without-duration-restarts-periods", "must", origin="blind-6")
class LimitWithoutDurationRestartsPeriods(AfterRefusal):
    """An update refused for a limit without a duration begins both periods of the existing rate limit anew."""

    def after_refusal(self, request: Request, refusal: Refusal) -> None:
        now = self.clock.now()
        with contextlib.suppress(Refusal):
            change = self.bodies.update(self.document(request)).rate_limit
            unit = self.store.find(request.unit_id)
            if unit is None or unit.rate_limit is None or change is None or change.removes:
                return
            if self.is_refused(unit.rate_limit, change, now):
                halves = [
                    replace(half, current_usage=0, last_reset=now)
                    for half in (unit.rate_limit.token, unit.rate_limit.request)
                ]
                self.store.save(replace(unit, rate_limit=replace(unit.rate_limit, token=halves[0], request=halves[1])))

    def is_refused(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> bool:
        """Return whether the change does not fit the existing rate limit."""
        try:
            self.governance.change_rate_limit(rate_limit, change, now)
        except Refusal:
            return True
        return False
