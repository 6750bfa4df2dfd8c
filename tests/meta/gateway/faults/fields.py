"""Servers that update a field wrongly, or lose part of its value."""

from __future__ import annotations

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
    RateLimit,
    RateLimitChange,
    Unit,
    Window,
    WindowChange,
)
from ..operations import Operations
from ..views import Views

# fields of the budget


@fault("UPDATE", "should")
class UsageZeroedByLimitChange(Governance):
    """Changing the limit of a budget zeroes its usage."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.max_limit == budget.max_limit else replace(after, current_usage=0.0)


@fault("UPDATE", "conformant")
class UsageZeroedByDurationChange(Governance):
    """Changing the duration of a budget zeroes its usage."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.reset_duration == budget.reset_duration else replace(after, current_usage=0.0)


@fault("UPDATE", "should")
class UsageCappedAtLimit(Governance):
    """A limit below what was spent forgets the excess."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return replace(after, current_usage=min(after.current_usage, after.max_limit))


@fault("UPDATE", "should")
class BudgetRecreatedByDurationChange(Governance):
    """Changing the duration gives the budget a new identifier."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.reset_duration == budget.reset_duration else replace(after, id=self.ids.new())


@fault("UPDATE", "should")
class BudgetRecreatedByAnyUpdate(Governance):
    """Any update gives the budget a new identifier."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return replace(super().merge_budget(budget, change, now), id=self.ids.new())


@fault("UPDATE", "should")
class LastResetMovedByLimitChange(Governance):
    """Changing the limit begins a new period."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return after if after.max_limit == budget.max_limit else replace(after, last_reset=now)


@fault("UPDATE", "should")
class BudgetCreatedAtMoved(Governance):
    """Any update moves the created_at of the budget."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return replace(super().merge_budget(budget, change, now), created_at=now)


@fault("UPDATE", "should")
class BudgetUpdatedAtStuck(Governance):
    """The updated_at of the budget never advances."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return replace(super().merge_budget(budget, change, now), updated_at=budget.updated_at)


@fault("UPDATE", "should")
class DurationLostByLimitChange(Governance):
    """A budget update without a duration falls back to 1M."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, reset_duration=change.reset_duration or "1M"), now)


@fault("UPDATE", "should")
class AlignmentLostByLimitChange(Governance):
    """A budget update without the flag turns calendar alignment off."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=bool(change.calendar_aligned)), now)


@fault("UPDATE", "must")
class LimitChangeIgnored(Governance):
    """A new budget limit is confirmed by 200 and ignored."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, max_limit=None), now)


@fault("UPDATE", "should")
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


@fault("UPDATE", "should")
class TokenUsageZeroedByLimitChange(Governance):
    """Changing the rate limit zeroes the tokens that it counted."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        after = super().change_rate_limit(rate_limit, change, now)
        return replace(after, token=replace(after.token, current_usage=0))


@fault("UPDATE", "should")
class RateLimitRecreatedByAnyUpdate(Governance):
    """Any update gives the rate limit a new identifier."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return replace(super().change_rate_limit(rate_limit, change, now), id=self.ids.new())


@fault("UPDATE", "should")
class RateLimitUpdatedAtStuck(Governance):
    """The updated_at of the rate limit never advances."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return replace(super().change_rate_limit(rate_limit, change, now), updated_at=rate_limit.updated_at)


@fault("UPDATE", "should")
class RateLimitCreatedAtMoved(Governance):
    """Any update moves the created_at of the rate limit."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return replace(super().change_rate_limit(rate_limit, change, now), created_at=now)


@fault("UPDATE", "should")
class TokenLastResetMoved(Governance):
    """Any update of the rate limit begins a new period for tokens."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        after = super().change_rate_limit(rate_limit, change, now)
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


# precision and range


@fault("UPDATE", "must")
class LimitAsFloat32(Bodies):
    """Dollars keep the precision of 32 bits."""

    def number(self, value: Any) -> float:
        try:
            return float(struct.unpack("<f", struct.pack("<f", super().number(value)))[0])
        except OverflowError as error:
            raise Refusal(400, "max_limit is out of range") from error


@fault("UPDATE", "must")
class LimitInCents(Bodies):
    """Dollars are rounded to cents."""

    def number(self, value: Any) -> float:
        return round(super().number(value), 2)


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
