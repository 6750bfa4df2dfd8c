"""Servers that handle the creation of existing governance wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...after_rename import AfterRename
from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Budget, Change, RateLimit, Unit
from ...operations import Operations


@fault("second-creation-overwrites", "must", Operations.check_ungoverned, proves=("CREATE-08",))
def second_creation_overwrites(self: Operations, unit: Unit) -> None:
    """The creation of governance overwrites existing governance."""
    return


@fault("second-creation-answered-200", "must", Operations.create_governance)
def second_creation_answered_200(self: Operations, request: Request) -> Response:
    """The creation of governance on a governed unit answers 200 and changes nothing."""
    try:
        return Operations.create_governance(self, request)
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        return Response(200, self.views.governed("Created", self.unit(request, self.clock.now())))


@fault("budget-alone-counts-as-no-governance", "must", Operations.check_ungoverned)
def budget_alone_counts_as_no_governance(self: Operations, unit: Unit) -> None:
    """The creation of governance succeeds on a unit with only a budget."""
    if unit.rate_limit is not None:
        Operations.check_ungoverned(self, unit)


@fault("rate-limit-alone-counts-as-no-governance", "must", Operations.check_ungoverned)
def rate_limit_alone_counts_as_no_governance(self: Operations, unit: Unit) -> None:
    """The creation of governance succeeds on a unit with only a rate limit."""
    if unit.budget is not None:
        Operations.check_ungoverned(self, unit)


@fault("field-conflict-after-write", "must", Operations.check_ungoverned, origin="blind-2")
def conflict_after_write(self: Operations, unit: Unit) -> None:
    """The creation of governance answers 409 and gives the existing budget a new id."""
    if unit.budget is not None:
        now = self.clock.now()
        self.store.save(replace(unit, budget=replace(unit.budget, id=self.ids.new(), updated_at=now)))
    Operations.check_ungoverned(self, unit)


@fault("field-recreation-conflicts", "must", proves=("CREATE-11",), origin="blind-2")
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


@fault("hidden-conflict-missed-after-rename", "must", origin="blind-8")
class ConflictMissedAfterRename(AfterRename):
    """The creation of governance overwrites existing governance of a unit that was renamed."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.unguarded: set[str] = set()

    def renamed(self, unit: Unit) -> None:
        self.unguarded.add(unit.id)

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.id not in self.unguarded:
            super().check_ungoverned(unit)


def _unused_budget(budget: Budget | None) -> Budget | None:
    return budget and replace(budget, current_usage=0.0)


def _unused_rate_limit(rate_limit: RateLimit | None) -> RateLimit | None:
    if rate_limit is None:
        return None
    token, request = replace(rate_limit.token, current_usage=0), replace(rate_limit.request, current_usage=0)
    return replace(rate_limit, token=token, request=request)


@fault("scarce-conflict-restarts-usage", "must", Operations.check_ungoverned, origin="blind-9")
def conflict_restarts_usage(self: Operations, unit: Unit) -> None:
    """A creation of governance that is refused with 409 sets all usage of the existing governance to zero."""
    self.store.save(replace(unit, budget=_unused_budget(unit.budget), rate_limit=_unused_rate_limit(unit.rate_limit)))
    Operations.check_ungoverned(self, unit)


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


@fault("next-empty-update-blocks-creation", "must", origin="blind-7")
class EmptyUpdateBlocksCreation(Operations):
    """After an update that sets nothing, on a unit without governance, the creation of governance answers 409."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.rows: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        if not any(unit and (unit.budget or unit.rate_limit) for unit in (before, after)):
            self.rows.add(request.unit_id)
        return response

    def check_ungoverned(self, unit: Unit) -> None:
        super().check_ungoverned(unit)
        if unit.id in self.rows:
            raise Refusal(409, "Business unit already has governance configured")

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        self.rows.discard(request.unit_id)
        return response


@fault("seldom-refused-creation-waits-for-deletion", "must", origin="blind-11")
class RefusedCreationWaitsForDeletion(Operations):
    """A creation of governance that was refused with 409 is carried out when the governance of the unit is deleted."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.waiting: dict[str, Change] = {}

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status == 409:
                self.waiting[request.unit_id] = self.bodies.creation(self.document(request))
            raise

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        change = self.waiting.pop(request.unit_id, None)
        if change is not None:
            now = self.clock.now()
            after = self.governance.update(self.unit(request, now), change, now)
            self.store.save(replace(after, updated_at=now))
        return response
