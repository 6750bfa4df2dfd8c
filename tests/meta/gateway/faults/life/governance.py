"""Servers that delete governance wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...messages import Request, Response
from ...model import Unit
from ...operations import Operations


@fault("governance-deletion-keeps-budget", "LIFE", "must")
class GovernanceDeletionKeepsBudget(Operations):
    """The deletion of governance keeps the budget."""

    def delete_governance(self, request: Request) -> Response:
        budget = self.unit(request, self.clock.now()).budget
        response = super().delete_governance(request)
        self.store.save(replace(self.unit(request, self.clock.now()), budget=budget))
        return response


@fault("governance-deletion-keeps-rate-limit", "LIFE", "must", proves=("LIFE-04",))
class GovernanceDeletionKeepsRateLimit(Operations):
    """The deletion of governance keeps the rate limit."""

    def delete_governance(self, request: Request) -> Response:
        rate_limit = self.unit(request, self.clock.now()).rate_limit
        response = super().delete_governance(request)
        self.store.save(replace(self.unit(request, self.clock.now()), rate_limit=rate_limit))
        return response


@fault("governance-deletion-needs-budget", "LIFE", "must")
class GovernanceDeletionNeedsBudget(Operations):
    """The deletion of governance answers 404 for a unit with only a rate limit."""

    def check_governed(self, unit: Unit) -> None:
        super().check_governed(replace(unit, rate_limit=None))


@fault("governance-deletion-deletes-unit", "LIFE", "must")
class GovernanceDeletionDeletesUnit(Operations):
    """The deletion of governance deletes the unit."""

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        self.store.remove(request.unit_id)
        return response


@fault("no-governance-deleted", "LIFE", "must", proves=("LIFE-05",))
class NoGovernanceDeleted(Operations):
    """The deletion of governance answers 200 for a unit without governance."""

    def check_governed(self, unit: Unit) -> None:
        return
