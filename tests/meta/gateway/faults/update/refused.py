"""Servers on which a refused update has an effect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
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


@fault("budget-written-before-rate-limit-refused", "must", Operations.update_governance, proves=("VALID-14",))
def budget_written_before_rate_limit_refused(self: Operations, request: Request) -> Response:
    """The server stores a valid budget although it refuses the rate limit in the same body."""
    try:
        return Operations.update_governance(self, request)
    except Refusal:
        if budget := _component(self, request, "budget"):
            _save_only(self, request, "budget", budget)
        raise


@fault("rate-limit-written-before-budget-refused", "must", Operations.update_governance)
def rate_limit_written_before_budget_refused(self: Operations, request: Request) -> Response:
    """The server stores a valid rate limit although it refuses the budget in the same body."""
    try:
        return Operations.update_governance(self, request)
    except Refusal:
        if rate_limit := _component(self, request, "rate_limit"):
            _save_only(self, request, "rate_limit", rate_limit)
        raise


@fault("limit-written-despite-refusal", "must", Operations.update_governance)
def limit_written_despite_refusal(self: Operations, request: Request) -> Response:
    """The server stores the limit of a budget that it refuses."""
    try:
        return Operations.update_governance(self, request)
    except Refusal:
        limit = _component(self, request, "budget").get("max_limit")
        if isinstance(limit, int | float):
            _save_only(self, request, "budget", {"max_limit": abs(limit) or 1})
        raise


@fault("updated-at-moved-by-refusal", "should", Operations.update_governance)
def updated_at_moved_by_refusal(self: Operations, request: Request) -> Response:
    """A refused update moves updated_at of the unit."""
    try:
        return Operations.update_governance(self, request)
    except Refusal:
        now = self.clock.now()
        self.store.save(replace(self.unit(request, now), updated_at=now))
        raise


@fault("refused-part-removes-rate-limit", "must", Operations.update_governance)
def refused_part_removes_rate_limit(self: Operations, request: Request) -> Response:
    """A refused first rate limit without a limit removes the budget."""
    try:
        return Operations.update_governance(self, request)
    except Refusal as refusal:
        if "a rate limit needs" in refusal.message:
            self.store.save(replace(self.unit(request, self.clock.now()), budget=None))
        raise
