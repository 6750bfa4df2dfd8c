"""Servers that update something else than they were asked to."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Json, Refusal, Request, Response
from ..model import (
    Budget,
    BudgetChange,
    Change,
    RateLimit,
    RateLimitChange,
    Store,
    Unit,
    Window,
    WindowChange,
)
from ..operations import Operations
from ..views import Views

# what was not mentioned


@fault("UPDATE", "must")
class OmittedBudgetRemoved(Governance):
    """An update that does not mention the budget removes it."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        return None if change is None else super().budget_after(unit, change, now)


@fault("UPDATE", "must")
class OmittedRateLimitRemoved(Governance):
    """An update that does not mention the rate limit removes it."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        return None if change is None else super().rate_limit_after(unit, change, now)


@fault("UPDATE", "must")
class OmittedRateLimitUnused(Governance):
    """An update that does not mention the rate limit zeroes what it counted."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        after = super().rate_limit_after(unit, change, now)
        if change is not None or after is None:
            return after
        token, request = replace(after.token, current_usage=0), replace(after.request, current_usage=0)
        return replace(after, token=token, request=request)


@fault("UPDATE", "must")
class OmittedBudgetUnused(Governance):
    """An update that does not mention the budget zeroes its usage."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        after = super().budget_after(unit, change, now)
        return replace(after, current_usage=0.0) if change is None and after is not None else after


@fault("UPDATE", "must")
class OmittedBudgetRecreated(Governance):
    """An update that does not mention the budget gives it a new identifier."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        after = super().budget_after(unit, change, now)
        return replace(after, id=self.ids.new()) if change is None and after is not None else after


@fault("UPDATE", "must")
class EmptyUpdateRemovesBoth(Bodies):
    """The body {} removes both components."""

    def update_of(self, body: Json) -> Change:
        return super().update_of(body) if body else Change(BudgetChange(removes=True), RateLimitChange(removes=True))


# fields of the budget


class _BudgetMerged(Governance):
    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return self.altered(budget, super().merge_budget(budget, change, now), now)

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        raise NotImplementedError


@fault("UPDATE", "must")
class UsageZeroedByLimitChange(_BudgetMerged):
    """Changing the limit of a budget zeroes its usage."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return after if after.max_limit == before.max_limit else replace(after, current_usage=0.0)


@fault("UPDATE", "must")
class UsageZeroedByAnyUpdate(_BudgetMerged):
    """Any update of the budget zeroes its usage."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return replace(after, current_usage=0.0)


@fault("UPDATE", "should")
class UsageZeroedByDurationChange(_BudgetMerged):
    """Changing the duration of a budget zeroes its usage."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return after if after.reset_duration == before.reset_duration else replace(after, current_usage=0.0)


@fault("UPDATE", "must")
class UsageCappedAtLimit(_BudgetMerged):
    """A limit below what was spent forgets the excess."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return replace(after, current_usage=min(after.current_usage, after.max_limit))


@fault("UPDATE", "should")
class BudgetRecreatedByDurationChange(_BudgetMerged):
    """Changing the duration gives the budget a new identifier."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return after if after.reset_duration == before.reset_duration else replace(after, id=self.ids.new())


@fault("UPDATE", "should")
class BudgetRecreatedByAnyUpdate(_BudgetMerged):
    """Any update gives the budget a new identifier."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return replace(after, id=self.ids.new())


@fault("UPDATE", "should")
class LastResetMovedByLimitChange(_BudgetMerged):
    """Changing the limit begins a new period."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return after if after.max_limit == before.max_limit else replace(after, last_reset=now)


@fault("UPDATE", "should")
class BudgetCreatedAtMoved(_BudgetMerged):
    """Any update moves the created_at of the budget."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return replace(after, created_at=now)


@fault("UPDATE", "should")
class BudgetUpdatedAtStuck(_BudgetMerged):
    """The updated_at of the budget never advances."""

    def altered(self, before: Budget, after: Budget, now: int) -> Budget:
        return replace(after, updated_at=before.updated_at)


@fault("UPDATE", "must")
class DurationLostByLimitChange(Governance):
    """A budget update without a duration falls back to 1M."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, reset_duration=change.reset_duration or "1M"), now)


@fault("UPDATE", "must")
class AlignmentLostByLimitChange(Governance):
    """A budget update without the flag turns calendar alignment off."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=bool(change.calendar_aligned)), now)


@fault("UPDATE", "must")
class LimitChangeIgnored(Governance):
    """A new budget limit is confirmed by 200 and ignored."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, max_limit=None), now)


@fault("UPDATE", "must")
class LoneLimitIgnored(Governance):
    """A new budget limit counts only when a duration comes with it."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        lone = change.reset_duration is None
        return super().merge_budget(budget, replace(change, max_limit=None) if lone else change, now)


@fault("UPDATE", "must")
class DurationChangeIgnored(Governance):
    """A new budget duration is confirmed by 200 and ignored."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, reset_duration=None), now)


@fault("UPDATE", "must")
class AlignmentChangeIgnored(Governance):
    """calendar_aligned is confirmed by 200 and ignored."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=None), now)


@fault("UPDATE", "should")
class DurationRewritten(Bodies):
    """Durations are stored in another spelling: 1w becomes 7d."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return f"{int(text[:-1]) * 7}d" if text[:-1].isdigit() and text.endswith("w") else text


# fields of the rate limit


class _RateLimitChanged(Governance):
    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return self.altered(rate_limit, super().change_rate_limit(rate_limit, change, now), now)

    def altered(self, before: RateLimit, after: RateLimit, now: int) -> RateLimit:
        raise NotImplementedError


@fault("UPDATE", "must")
class TokenUsageZeroedByLimitChange(_RateLimitChanged):
    """Changing the rate limit zeroes the tokens that it counted."""

    def altered(self, before: RateLimit, after: RateLimit, now: int) -> RateLimit:
        return replace(after, token=replace(after.token, current_usage=0))


@fault("UPDATE", "must")
class RequestUsageZeroedByLimitChange(_RateLimitChanged):
    """Changing the rate limit zeroes the requests that it counted."""

    def altered(self, before: RateLimit, after: RateLimit, now: int) -> RateLimit:
        return replace(after, request=replace(after.request, current_usage=0))


@fault("UPDATE", "should")
class RateLimitRecreatedByAnyUpdate(_RateLimitChanged):
    """Any update gives the rate limit a new identifier."""

    def altered(self, before: RateLimit, after: RateLimit, now: int) -> RateLimit:
        return replace(after, id=self.ids.new())


@fault("UPDATE", "should")
class RateLimitUpdatedAtStuck(_RateLimitChanged):
    """The updated_at of the rate limit never advances."""

    def altered(self, before: RateLimit, after: RateLimit, now: int) -> RateLimit:
        return replace(after, updated_at=before.updated_at)


@fault("UPDATE", "should")
class RateLimitCreatedAtMoved(_RateLimitChanged):
    """Any update moves the created_at of the rate limit."""

    def altered(self, before: RateLimit, after: RateLimit, now: int) -> RateLimit:
        return replace(after, created_at=now)


@fault("UPDATE", "should")
class TokenLastResetMoved(_RateLimitChanged):
    """Any update of the rate limit begins a new period for tokens."""

    def altered(self, before: RateLimit, after: RateLimit, now: int) -> RateLimit:
        return replace(after, token=replace(after.token, last_reset=now))


@fault("UPDATE", "must")
class TokensAndRequestsSwapped(Governance):
    """Token fields are stored as request fields and the other way round."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        swapped = change and replace(change, token=change.request, request=change.token)
        return super().rate_limit_after(unit, swapped, now)


@fault("UPDATE", "must")
class RequestPairIgnored(Governance):
    """The request pair of a rate limit is ignored where a token pair comes with it."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        if change is not None and change.token.max_limit is not None:
            change = replace(change, request=WindowChange())
        return super().rate_limit_after(unit, change, now)


@fault("UPDATE", "must")
class TokenDurationAppliedToRequests(Governance):
    """The token duration is stored for requests as well."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return super().change_rate_limit(rate_limit, self.spread(change), now)

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        return super().new_rate_limit(unit, self.spread(change), now)

    def spread(self, change: RateLimitChange) -> RateLimitChange:
        if change.request.max_limit is None:
            return change
        return replace(change, request=replace(change.request, reset_duration=change.token.reset_duration))


@fault("UPDATE", "must")
class RateLimitsOnlyTighten(Governance):
    """A rate limit can be lowered, but raising it is confirmed and ignored."""

    def change_window(self, window: Window, change: WindowChange, now: int) -> Window:
        after = super().change_window(window, change, now)
        if window.max_limit is None or after.max_limit is None:
            return after
        return replace(after, max_limit=min(window.max_limit, after.max_limit))


# the unit


class _UnitUpdated(Governance):
    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        return self.altered(unit, super().update(unit, change, now), now)

    def altered(self, before: Unit, after: Unit, now: int) -> Unit:
        raise NotImplementedError


@fault("UPDATE", "should")
class UnitUpdatedAtStuck(_UnitUpdated):
    """The updated_at of the unit does not advance with its governance."""

    def altered(self, before: Unit, after: Unit, now: int) -> Unit:
        return replace(after, updated_at=before.updated_at)


@fault("UPDATE", "should")
class UnitCreatedAtMoved(_UnitUpdated):
    """An update of governance moves the created_at of the unit."""

    def altered(self, before: Unit, after: Unit, now: int) -> Unit:
        return replace(after, created_at=now)


@fault("UPDATE", "must")
class UnitRenamed(_UnitUpdated):
    """An update of governance changes the name of the unit."""

    def altered(self, before: Unit, after: Unit, now: int) -> Unit:
        return replace(after, name=f"{before.name} (updated)")


class _Saved(Operations):
    def update_governance(self, request: Request) -> Response:
        before = list(self.store.units())
        response = super().update_governance(request)
        self.afterwards(request, response, before)
        return response

    def afterwards(self, request: Request, response: Response, before: list[Unit]) -> None:
        raise NotImplementedError


@fault("UPDATE", "must")
class NothingStored(_Saved):
    """An update is answered as if it were done, and not stored."""

    def afterwards(self, request: Request, response: Response, before: list[Unit]) -> None:
        for unit in before:
            self.store.save(unit)


@fault("UPDATE", "must")
class EveryUnitUpdated(_Saved):
    """An update of the budget changes the limit of every unit's budget."""

    def afterwards(self, request: Request, response: Response, before: list[Unit]) -> None:
        budget = self.unit(request, self.clock.now()).budget
        for unit in before:
            if budget is not None and unit.budget is not None and unit.id != request.unit_id:
                self.store.save(replace(unit, budget=replace(unit.budget, max_limit=budget.max_limit)))


@fault("UPDATE", "must")
class AnotherUnitEmptied(_Saved):
    """An update removes the governance of the unit before it in the list."""

    def afterwards(self, request: Request, response: Response, before: list[Unit]) -> None:
        position = [unit.id for unit in before].index(request.unit_id)
        if position > 0:
            self.store.save(replace(before[position - 1], budget=None, rate_limit=None))


@fault("UPDATE", "must")
class StaleResponse(_Saved):
    """The answer to an update shows the unit as it was before."""

    def afterwards(self, request: Request, response: Response, before: list[Unit]) -> None:
        old = next(unit for unit in before if unit.id == request.unit_id)
        response.payload["business_unit"] = self.views.unit(old)


@fault("UPDATE", "must")
class SecondUpdateOnly(_Saved):
    """Only every second update of a unit is stored."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.skipped: set[str] = set()

    def afterwards(self, request: Request, response: Response, before: list[Unit]) -> None:
        self.skipped ^= {request.unit_id}
        if request.unit_id in self.skipped:
            self.store.save(next(unit for unit in before if unit.id == request.unit_id))


@fault("UPDATE", "must")
class LimitStoredRounded(Store):
    """The answer shows the limit as it was sent; whole dollars are stored."""

    def save(self, unit: Unit) -> None:
        budget = unit.budget
        super().save(replace(unit, budget=budget and replace(budget, max_limit=math.floor(budget.max_limit) + 0.0)))


# refused updates


class _HalfDone(Operations):
    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            if refusal.status == 400:
                self.save_half(request, self.bodies.parse(request.body))
            raise

    def save_half(self, request: Request, body: Any) -> None:
        raise NotImplementedError

    def save_only(self, request: Request, body: Any, component: str) -> None:
        """Apply one component of a body, if it is valid by itself."""
        if not isinstance(body, dict) or component not in body:
            return
        now = self.clock.now()
        change = self.bodies.update({component: body[component]})
        self.store.save(self.governance.update(self.unit(request, now), change, now))


@fault("UPDATE", "must")
class BudgetWrittenBeforeRateLimitRefused(_HalfDone):
    """A valid budget is stored although the rate limit beside it is refused."""

    def save_half(self, request: Request, body: Any) -> None:
        self.save_only(request, body, "budget")


@fault("UPDATE", "must")
class RateLimitWrittenBeforeBudgetRefused(_HalfDone):
    """A valid rate limit is stored although the budget beside it is refused."""

    def save_half(self, request: Request, body: Any) -> None:
        self.save_only(request, body, "rate_limit")


@fault("UPDATE", "must")
class LimitWrittenDespiteRefusal(_HalfDone):
    """A refused budget is stored all the same, without what was wrong with it."""

    def save_half(self, request: Request, body: Any) -> None:
        budget = body.get("budget") if isinstance(body, dict) else None
        if isinstance(budget, dict) and isinstance(budget.get("max_limit"), int | float):
            limit = {"budget": {"max_limit": abs(budget["max_limit"]) or 1}}
            self.save_only(request, limit, "budget")


@fault("UPDATE", "must")
class ComponentLostByRefusal(_HalfDone):
    """A refused update leaves the unit without its budget."""

    def save_half(self, request: Request, body: Any) -> None:
        self.store.save(replace(self.unit(request, self.clock.now()), budget=None))


@fault("UPDATE", "should")
class UpdatedAtMovedByRefusal(_HalfDone):
    """A refused update advances the unit's updated_at."""

    def save_half(self, request: Request, body: Any) -> None:
        now = self.clock.now()
        self.store.save(replace(self.unit(request, now), updated_at=now))


# precision and range


@fault("UPDATE", "must")
class LimitAsFloat32(Bodies):
    """Dollars keep the precision of 32 bits."""

    def number(self, value: Any) -> float:
        try:
            return float(struct.unpack("f", struct.pack("f", super().number(value)))[0])
        except OverflowError as error:
            raise Refusal(400, "max_limit is out of range") from error


@fault("UPDATE", "must")
class LimitInCents(Bodies):
    """Dollars are rounded to cents."""

    def number(self, value: Any) -> float:
        return round(super().number(value), 2)


@fault("UPDATE", "must")
class LimitInWholeDollars(Bodies):
    """Dollars are cut to whole ones."""

    def number(self, value: Any) -> float:
        return float(math.ceil(super().number(value)))


@fault("UPDATE", "must")
class CountsAsDoubles(Bodies):
    """Counts beyond 2^53 lose their last digits."""

    def whole(self, value: Any, place: str) -> int:
        return int(float(super().whole(value, place)))


@fault("UPDATE", "must")
class CountsWrapAt32Bits(Bodies):
    """Counts keep their lowest 31 bits."""

    def whole(self, value: Any, place: str) -> int:
        number = super().whole(value, place)
        return number if number <= 0 else number % 2**31 or 1


@fault("UPDATE", "must")
class LargestCountBreaks(Bodies):
    """The largest count of 64 bits is a 500."""

    def whole(self, value: Any, place: str) -> int:
        number = super().whole(value, place)
        if number == 2**63 - 1:
            raise OverflowError
        return number


@fault("UPDATE", "must")
class FractionOfCentBreaks(Bodies):
    """A limit with more than two decimals is a 500."""

    def number(self, value: Any) -> float:
        number = super().number(value)
        if round(number, 2) != number:
            raise ArithmeticError
        return number


# what was never theirs to set


@fault("UPDATE", "should")
class UsageTakenFromBody(Operations):
    """current_usage in the body of an update is stored."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        given = self.bodies.document(request.body).get("budget") or {}
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and isinstance(given.get("current_usage"), int | float):
            self.store.save(replace(unit, budget=replace(unit.budget, current_usage=float(given["current_usage"]))))
        return response


@fault("UPDATE", "should")
class BudgetIdFollowsLimit(Views):
    """The identifier of a budget is made of its limit and changes with it."""

    def budget(self, budget: Budget) -> Json:
        return {**super().budget(budget), "id": f"budget-{self.amount(budget.max_limit)}"}
