"""Servers that handle the creation of existing governance wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("second-creation-overwrites", "CREATE", "must", proves=("CREATE-08",))
class SecondCreationOverwrites(Operations):
    """The creation of governance overwrites existing governance."""

    def check_ungoverned(self, unit: Unit) -> None:
        return


@fault("second-creation-answered-200", "CREATE", "must")
class SecondCreationAnswered200(Operations):
    """The creation of governance on a governed unit answers 200 and changes nothing."""

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status != 409:
                raise
            return Response(200, self.views.governed("Created", self.unit(request, self.clock.now())))


@fault("second-creation-answered-400", "CREATE", "must")
class SecondCreationAnswered400(Operations):
    """The creation of governance on a governed unit answers 400."""

    def check_ungoverned(self, unit: Unit) -> None:
        try:
            super().check_ungoverned(unit)
        except Refusal as refusal:
            raise Refusal(400, refusal.message) from refusal


@fault("budget-alone-counts-as-no-governance", "CREATE", "must")
class BudgetAloneCountsAsNoGovernance(Operations):
    """The creation of governance succeeds on a unit with only a budget."""

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.rate_limit is not None:
            super().check_ungoverned(unit)


@fault("rate-limit-alone-counts-as-no-governance", "CREATE", "must")
class RateLimitAloneCountsAsNoGovernance(Operations):
    """The creation of governance succeeds on a unit with only a rate limit."""

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.budget is not None:
            super().check_ungoverned(unit)


@fault("field-conflict-after-write", "CREATE", "must", origin="blind-2")
class ConflictAfterWrite(Operations):
    """The creation of governance answers 409 and gives the existing budget a new id."""

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.budget is not None:
            now = self.clock.now()
            self.store.save(replace(unit, budget=replace(unit.budget, id=self.ids.new(), updated_at=now)))
        super().check_ungoverned(unit)


@fault("field-recreation-conflicts", "CREATE", "must", proves=("CREATE-11",), origin="blind-2")
class RecreationConflicts(Operations):
    """The creation of governance answers 409 after governance was deleted."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.marked: set[str] = set()

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        self.marked.add(request.unit_id)
        return response

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.id in self.marked:
            raise Refusal(409, "Business unit already has governance configured")
        super().check_ungoverned(unit)


@fault("third-refused-creation-fills-the-gap", "CREATE", "must", origin="blind-3")
class RefusedCreationFillsTheGap(Operations):
    """The creation of governance answers 409 and stores the rate limit of the body."""

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 409 and unit is not None and unit.rate_limit is None:
                change = self.bodies.creation(self.document(request))
                if change.rate_limit is not None:
                    self.store.save(self.governance.update(unit, replace(change, budget=None), self.clock.now()))
            raise
