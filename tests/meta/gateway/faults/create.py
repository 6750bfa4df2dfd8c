"""Servers that create governance wrongly, through POST or through PUT."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Refusal, Request, Response
from ..model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit
from ..operations import Operations
from ..periods import is_alignable
from ..wire import Wire


@fault("CREATE", "must")
class SecondCreationOverwrites(Operations):
    """POST governance overwrites governance that exists."""

    def check_ungoverned(self, unit: Unit) -> None:
        return


@fault("CREATE", "must")
class SecondCreationAnswered200(Operations):
    """POST governance on a governed unit is answered 200 and changes nothing."""

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            if refusal.status != 409:
                raise
            return Response(200, self.views.governed("Created", self.unit(request, self.clock.now())))


@fault("CREATE", "must")
class SecondCreationAnswered400(Operations):
    """POST governance on a governed unit is answered 400."""

    def check_ungoverned(self, unit: Unit) -> None:
        try:
            super().check_ungoverned(unit)
        except Refusal as refusal:
            raise Refusal(400, refusal.message) from refusal


@fault("CREATE", "must")
class RateLimitAloneCountsAsNoGovernance(Operations):
    """POST governance on a unit with a rate limit alone is let through."""

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.budget is not None:
            super().check_ungoverned(unit)


@fault("CREATE", "must")
class BudgetAloneCountsAsNoGovernance(Operations):
    """POST governance on a unit with a budget alone is let through."""

    def check_ungoverned(self, unit: Unit) -> None:
        if unit.rate_limit is not None:
            super().check_ungoverned(unit)


@fault("CREATE", "must")
class CreationAnswered201(Wire):
    """POST governance is answered 201."""

    def status(self, request: Request, response: Response) -> int:
        created = request.operation == "createBusinessUnitGovernance" and response.status == 200
        return 201 if created else response.status


@fault("CREATE", "must")
class CreationStoresBudgetOnly(Operations):
    """POST governance answers with both components and stores the budget."""

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None:
            self.store.save(replace(unit, rate_limit=None))
        return response


@fault("CREATE", "must")
class CreationNotStored(Operations):
    """POST governance answers as if it were done, and stores nothing."""

    def create_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().create_governance(request)
        if before is not None:
            self.store.save(before)
        return response


@fault("CREATE", "must")
class CreationOnUnknownUnit(Operations):
    """POST governance on an unknown identifier creates the unit."""

    def create_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            now = self.clock.now()
            self.store.save(Unit(request.unit_id, request.unit_id, now, now))
        return super().create_governance(request)


@fault("CREATE", "must")
class EmptyCreationAccepted(Bodies):
    """POST governance accepts a body without a component."""

    def creation(self, document: Any) -> Change:
        return Change() if document == {} else super().creation(document)


@fault("CREATE", "must")
class CreationWithoutDurationAccepted(Bodies):
    """POST governance accepts a budget without a duration and takes 1M."""

    def budget(self, raw: dict[str, Any], purpose: str) -> BudgetChange:
        change = super().budget(raw, purpose)
        return replace(change, reset_duration=change.reset_duration or "1M") if purpose == "create" else change


@fault("CREATE", "must")
class CreationWithoutLimitAccepted(Bodies):
    """POST governance accepts a budget without a limit and takes 1000000 dollars."""

    def budget(self, raw: dict[str, Any], purpose: str) -> BudgetChange:
        change = super().budget(raw, purpose)
        lacks = purpose == "create" and change.max_limit is None
        return replace(change, max_limit=1_000_000.0) if lacks else change


@fault("CREATE", "must")
class CreationNeedsBoth(Bodies):
    """POST governance refuses one component without the other."""

    def creation(self, document: Any) -> Change:
        change = super().creation(document)
        if change.budget is None or change.rate_limit is None:
            raise Refusal(400, "both budget and rate_limit are required")
        return change


@fault("CREATE", "must")
class CreationDropsAlignment(Operations):
    """POST governance ignores calendar_aligned."""

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and unit.budget.calendar_aligned:
            rolling = replace(unit.budget, calendar_aligned=False, last_reset=unit.budget.created_at)
            self.store.save(replace(unit, budget=rolling))
            response.payload["business_unit"] = self.views.unit(replace(unit, budget=rolling))
        return response


@fault("CREATE", "must")
class FirstBudgetAlignmentNotChecked(Governance):
    """A first budget may be calendar-aligned with any duration; later ones may not."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if budget.updated_at != budget.created_at:
            super().check_alignment(budget, change)


@fault("CREATE", "should")
class FirstUsageNotZero(Governance):
    """A first budget begins with the usage of a cent."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), current_usage=0.01)


@fault("CREATE", "should")
class FirstRequestsNotZero(Governance):
    """A first rate limit begins with one request counted."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        new = super().new_rate_limit(unit, change, now)
        return replace(new, request=replace(new.request, current_usage=1))


@fault("CREATE", "should")
class FirstPeriodBeginsAtEpoch(Governance):
    """The last_reset of a first budget is 1970."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), last_reset=0)

    def budget_start(self, budget: Budget, now: int) -> int:
        return super().budget_start(budget, now) if budget.last_reset else 0


@fault("CREATE", "should")
class BudgetIdsShared(Governance):
    """Every first budget has the same identifier."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), id="budget-1")


@fault("CREATE", "conformant")
class ComponentsShareOneId(Governance):
    """A budget and a rate limit that are created together have the same identifier."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if (
            unit.budget is None
            and unit.rate_limit is None
            and after.budget is not None
            and after.rate_limit is not None
        ):
            return replace(after, rate_limit=replace(after.rate_limit, id=after.budget.id))
        return after


# creation through PUT


@fault("CREATE", "should")
class UpdateNeedsGovernance(Operations):
    """PUT on a unit without governance is a 404."""

    def update_governance(self, request: Request) -> Response:
        self.check_governed(self.unit(request, self.clock.now()))
        return super().update_governance(request)


@fault("CREATE", "should")
class UpdateCannotAddBudget(Governance):
    """PUT refuses to create a budget where there is none."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        if unit.budget is None and change is not None and not change.removes:
            raise Refusal(400, "no budget to update")
        return super().budget_after(unit, change, now)


@fault("CREATE", "should")
class UpdateCannotAddRateLimit(Governance):
    """PUT ignores a rate limit where there is none."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        return None if unit.rate_limit is None else super().rate_limit_after(unit, change, now)


@fault("CREATE", "should")
class FirstBudgetMayLackDuration(Governance):
    """PUT creates a budget without a duration and takes 1M."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return super().new_budget(unit, replace(change, reset_duration=change.reset_duration or "1M"), now)


@fault("CREATE", "should")
class FirstBudgetMayLackLimit(Governance):
    """PUT creates a budget without a limit and takes 0 dollars."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        limit = 0.0 if change.max_limit is None else change.max_limit
        return super().new_budget(unit, replace(change, max_limit=limit), now)


@fault("CREATE", "must")
class IncompleteFirstBudgetBreaks(Governance):
    """PUT with a first budget that lacks a field is a 500."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        assert change.max_limit is not None
        assert change.reset_duration is not None
        return super().new_budget(unit, change, now)


@fault("CREATE", "must")
class FirstBudgetAlignedUnasked(Governance):
    """A first budget of days or more is calendar-aligned where the request does not say."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        asked = change.calendar_aligned is not None or not is_alignable(change.reset_duration or "")
        return super().new_budget(unit, change if asked else replace(change, calendar_aligned=True), now)
