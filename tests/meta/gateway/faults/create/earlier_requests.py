"""Servers whose creations depend on what was removed or refused before."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Budget, RateLimit, Unit
from ...operations import Operations


@fault("rare-alignment-returns-after-governance-deleted", "must", origin="blind-4")
class AlignmentReturns(Operations):
    """A new budget is aligned without being asked if the unit's deleted governance had an aligned one as long."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Budget] = {}

    def delete_governance(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        response = super().delete_governance(request)
        if unit is not None and unit.budget is not None and unit.budget.calendar_aligned:
            self.deleted[unit.id] = unit.budget
        return response

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        unit = self.store.find(request.unit_id)
        old = self.deleted.get(request.unit_id)
        if unit is None or unit.budget is None or old is None or old.reset_duration != unit.budget.reset_duration:
            return response
        start = self.governance.period_start(old, unit.updated_at)
        unit = replace(unit, budget=replace(unit.budget, calendar_aligned=True, last_reset=start))
        self.store.save(unit)
        return Response(200, self.views.governed("Business unit governance created successfully", unit))


@fault("rare-conflict-after-removals-one-by-one", "must", origin="blind-4")
class ConflictAfterRemovalsOneByOne(Operations):
    """A unit that had both components has governance for good if two updates removed them one after the other."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.had_both: set[str] = set()
        self.empty_rows: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        if before is not None and after is not None:
            self.follow(before, after)
        return response

    def follow(self, before: Unit, after: Unit) -> None:
        """Keep account of the components that the unit had."""
        counts = [(unit.budget is not None) + (unit.rate_limit is not None) for unit in (before, after)]
        if 2 in counts:
            self.had_both.add(after.id)
        if counts == [1, 0] and after.id in self.had_both:
            self.empty_rows.add(after.id)

    def check_ungoverned(self, unit: Unit) -> None:
        super().check_ungoverned(unit)
        if unit.id in self.empty_rows:
            raise Refusal(409, "Business unit already has governance configured")


@fault("rare-conflicting-creation-adds-component", "must", origin="blind-4")
class ConflictingCreationAddsComponent(Operations):
    """A creation refused with 409 still adds the component that the unit lacks, if the unit has the other one."""

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status == 409:
                self.add_missing(request)
            raise

    def add_missing(self, request: Request) -> None:
        """Create the component that the unit lacks."""
        now = self.clock.now()
        unit = self.unit(request, now)
        change = self.bodies.creation(self.document(request))
        if unit.budget is not None:
            change = replace(change, budget=None)
        if unit.rate_limit is not None:
            change = replace(change, rate_limit=None)
        self.store.save(self.governance.update(unit, change, now))


@fault("rare-refused-first-budget-blocks-creation", "must", origin="blind-4")
class RefusedFirstBudgetBlocksCreation(Operations):
    """After a creation with an incomplete budget was refused, each further creation for this unit answers 409."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.inserted: set[str] = set()

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.message.startswith("both max_limit"):
                self.inserted.add(request.unit_id)
            raise

    def check_ungoverned(self, unit: Unit) -> None:
        super().check_ungoverned(unit)
        if unit.id in self.inserted:
            raise Refusal(409, "Business unit already has governance configured")


@fault("rare-namesake-inherits-rate-limit", "must", origin="blind-4")
class NamesakeInheritsRateLimit(Operations):
    """A new unit takes the rate limit of a deleted unit of the same name, if this one had a budget as well."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.left: dict[str, RateLimit] = {}

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and unit.rate_limit is not None:
            self.left[unit.name] = unit.rate_limit
        return super().delete_unit(request)

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        unit = self.store.find(response.payload["id"])
        if unit is not None and unit.name in self.left:
            self.store.save(replace(unit, rate_limit=self.left[unit.name]))
        return response


@fault("late-creation-revives-deleted-component", "must", origin="blind-6")
class CreationRevivesDeletedComponent(Operations):
    """The creation of one component of governance brings back the other one if it was deleted with both."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_governance(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_governance(request)
        if unit.budget is not None and unit.rate_limit is not None:
            self.deleted[unit.id] = unit
        return response

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        self.deleted.pop(request.unit_id, None)
        return response

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        deleted, created = self.deleted.pop(request.unit_id, None), self.store.find(request.unit_id)
        if deleted is None or created is None:
            return response
        revived = replace(
            created,
            budget=created.budget or deleted.budget,
            rate_limit=created.rate_limit or deleted.rate_limit,
        )
        self.store.save(revived)
        return Response(200, self.views.governed("Business unit governance created successfully", revived))


@fault("scarce-incomplete-budgets-add-up", "must", origin="blind-9")
class IncompleteBudgetsAddUp(Operations):
    """A creation with half a budget takes the other half from an earlier creation for the unit that was refused."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.halves: dict[str, dict[str, Any]] = {}

    def create_governance(self, request: Request) -> Response:
        document = self.document(request)
        raw = document.get("budget") if isinstance(document, dict) else None
        if isinstance(raw, dict) and ("max_limit" in raw) != ("reset_duration" in raw):
            self.bodies.budget(raw, "create")
            unit = self.unit(request, self.clock.now())
            earlier = self.halves.get(unit.id, {})
            self.halves[unit.id] = {name: raw[name] for name in ("max_limit", "reset_duration") if name in raw}
            body = json.dumps({**document, "budget": {**earlier, **raw}}).encode()
            response = super().create_governance(replace(request, body=body))
            del self.halves[unit.id]
            return response
        return super().create_governance(request)
