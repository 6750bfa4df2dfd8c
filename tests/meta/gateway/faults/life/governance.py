"""Servers that delete governance wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...messages import Request, Response
from ...model import Unit
from ...operations import Operations


@fault("governance-deletion-keeps-rate-limit", "must", Operations.delete_governance, proves=("LIFE-04",))
def governance_deletion_keeps_rate_limit(self: Operations, request: Request) -> Response:
    """The deletion of governance keeps the rate limit."""
    rate_limit = self.unit(request, self.clock.now()).rate_limit
    response = Operations.delete_governance(self, request)
    self.store.save(replace(self.unit(request, self.clock.now()), rate_limit=rate_limit))
    return response


@fault("governance-deletion-needs-budget", "must", Operations.check_governed)
def governance_deletion_needs_budget(self: Operations, unit: Unit) -> None:
    """The deletion of governance answers 404 for a unit with only a rate limit."""
    Operations.check_governed(self, replace(unit, rate_limit=None))


@fault("governance-deletion-deletes-unit", "must", Operations.delete_governance)
def governance_deletion_deletes_unit(self: Operations, request: Request) -> Response:
    """The deletion of governance deletes the unit."""
    response = Operations.delete_governance(self, request)
    self.store.remove(request.unit_id)
    return response


@fault("no-governance-deleted", "must", Operations.check_governed, proves=("LIFE-05",))
def no_governance_deleted(self: Operations, unit: Unit) -> None:
    """The deletion of governance answers 200 for a unit without governance."""
    return
