"""Servers that delete governance wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
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


@fault("late-refused-deletion-of-governance-remembered", "must", origin="blind-6")
class RefusedDeletionOfGovernanceRemembered(Operations):
    """A unit whose deletion of governance was answered 404 keeps governance that an update sets later for good."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.ungoverned: set[str] = set()

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        self.ungoverned.discard(request.unit_id)
        return response

    def check_governed(self, unit: Unit) -> None:
        if unit.id in self.ungoverned:
            raise Refusal(404, "Business unit has no governance configured")
        try:
            super().check_governed(unit)
        except Refusal:
            self.ungoverned.add(unit.id)
            raise
