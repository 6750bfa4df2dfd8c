"""Servers that create governance wrongly through POST."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal, Request, Response
from ...model import BudgetChange, Change, Unit
from ...operations import Operations
from ...wire import Wire


@fault("creation-stores-budget-only", "CREATE", "must", proves=("CREATE-07",))
class CreationStoresBudgetOnly(Operations):
    """The creation of governance answers with both components and stores only the budget."""

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None:
            self.store.save(replace(unit, rate_limit=None))
        return response


@fault("creation-not-stored", "CREATE", "must")
class CreationNotStored(Operations):
    """The creation of governance answers 200 and stores nothing."""

    def create_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().create_governance(request)
        if before is not None:
            self.store.save(before)
        return response


@fault("creation-drops-alignment", "CREATE", "must")
class CreationDropsAlignment(Operations):
    """The creation of governance ignores calendar_aligned."""

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and unit.budget.calendar_aligned:
            rolling = replace(unit.budget, calendar_aligned=False, last_reset=unit.budget.created_at)
            self.store.save(replace(unit, budget=rolling))
            response.payload["business_unit"] = self.views.unit(replace(unit, budget=rolling))
        return response


@fault("creation-needs-both", "CREATE", "must")
class CreationNeedsBoth(Bodies):
    """The creation of governance refuses a body with one component."""

    def creation(self, document: Any) -> Change:
        change = super().creation(document)
        if change.budget is None or change.rate_limit is None:
            raise Refusal(400, "both budget and rate_limit are required")
        return change


@fault("empty-creation-accepted", "CREATE", "must", proves=("CREATE-09",))
class EmptyCreationAccepted(Bodies):
    """The creation of governance accepts a body without a component."""

    def creation(self, document: Any) -> Change:
        return Change() if document == {} else super().creation(document)


@fault("creation-without-limit-accepted", "CREATE", "must")
class CreationWithoutLimitAccepted(Bodies):
    """The creation of governance sets a missing budget limit to 1000000 dollars."""

    def budget(self, raw: dict[str, Any], purpose: str) -> BudgetChange:
        change = super().budget(raw, purpose)
        lacks = purpose == "create" and change.max_limit is None
        return replace(change, max_limit=1_000_000.0) if lacks else change


@fault("creation-without-duration-accepted", "CREATE", "must", proves=("CREATE-10",))
class CreationWithoutDurationAccepted(Bodies):
    """The creation of governance sets a missing budget duration to 1M."""

    def budget(self, raw: dict[str, Any], purpose: str) -> BudgetChange:
        change = super().budget(raw, purpose)
        return replace(change, reset_duration=change.reset_duration or "1M") if purpose == "create" else change


@fault("creation-answered-201", "CREATE", "must")
class CreationAnswered201(Wire):
    """The creation of governance answers 201."""

    def status(self, request: Request, response: Response) -> int:
        created = request.operation == "createBusinessUnitGovernance" and response.status == 200
        return 201 if created else response.status


@fault("creation-on-unknown-unit", "CREATE", "must")
class CreationOnUnknownUnit(Operations):
    """The creation of governance creates an unknown unit."""

    def create_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            now = self.clock.now()
            self.store.save(Unit(request.unit_id, request.unit_id, now, now))
        return super().create_governance(request)


@fault("field-creation-of-empty-budget", "CREATE", "must", origin="blind-2")
class CreationOfEmptyBudget(Bodies):
    """The creation of governance accepts an empty budget beside a rate limit."""

    def creation(self, document: Any) -> Change:
        body = self.body_object(document)
        if body.get("budget") == {} and "rate_limit" in body:
            return replace(super().creation({"rate_limit": body["rate_limit"]}), budget=BudgetChange(removes=True))
        return super().creation(document)


@fault("field-budget-stays-of-refused-creation", "CREATE", "must", origin="blind-2")
class BudgetStaysOfRefusedCreation(Operations):
    """The creation of governance stores the budget although it refuses the rate limit."""

    def create_governance(self, request: Request) -> Response:
        unit, body = self.store.find(request.unit_id), self.document(request)
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status == 400 and unit is not None and isinstance(body, dict) and len(body) == 2:
                if isinstance(body.get("budget"), dict) and unit.budget is None:
                    change = self.bodies.creation({"budget": body["budget"]})
                    self.store.save(self.governance.update(unit, change, self.clock.now()))
            raise


@fault("third-aligned-budget-loses-rate-limit", "CREATE", "must", origin="blind-3")
class AlignedBudgetLosesRateLimit(Bodies):
    """The creation of governance ignores the rate limit beside a calendar-aligned budget."""

    def creation(self, document: Any) -> Change:
        change = super().creation(document)
        aligned = change.budget is not None and change.budget.calendar_aligned
        return replace(change, rate_limit=None) if aligned else change
