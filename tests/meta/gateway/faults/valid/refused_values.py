"""Servers that refuse valid bodies and numbers."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...bodies import BUDGET_FIELDS, RATE_LIMIT_FIELDS, Bodies
from ...governance import Governance
from ...messages import Json, Refusal
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange


@fault("fractional-dollars-refused", "VALID", "must")
class FractionalDollarsRefused(Bodies):
    """The server refuses a budget limit with a fraction."""

    def number(self, value: Any) -> float:
        if isinstance(value, float) and not value.is_integer():
            raise Refusal(400, "max_limit must be a whole number")
        return super().number(value)


@fault("lowered-limit-refused", "VALID", "must")
class LoweredLimitRefused(Governance):
    """The server refuses a lower budget limit."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.max_limit is not None and change.max_limit < budget.max_limit:
            raise Refusal(400, "max_limit can only be raised")
        return super().merge_budget(budget, change, now)


@fault("limit-below-usage-refused", "VALID", "should")
class LimitBelowUsageRefused(Governance):
    """The server refuses a budget limit below the usage."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.max_limit is not None and change.max_limit < budget.current_usage:
            raise Refusal(400, "max_limit is below current_usage")
        return super().merge_budget(budget, change, now)


@fault("small-limit-refused", "VALID", "must")
class SmallLimitRefused(Bodies):
    """The server refuses a budget limit below one dollar."""

    def dollars(self, value: Any, purpose: str) -> float:
        if super().dollars(value, purpose) < 1:
            raise Refusal(400, "max_limit is too small")
        return super().dollars(value, purpose)


@fault("large-limit-refused", "VALID", "must")
class LargeLimitRefused(Bodies):
    """The server refuses a budget limit above a million dollars."""

    def dollars(self, value: Any, purpose: str) -> float:
        if super().dollars(value, purpose) > 1_000_000:
            raise Refusal(400, "max_limit is too large")
        return super().dollars(value, purpose)


@fault("third-limit-below-one-cent-refused", "VALID", "must", origin="blind-3")
class LimitBelowOneCentRefused(Bodies):
    """The server refuses a budget limit below one cent."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = super().dollars(value, purpose)
        if amount < 0.01:
            raise Refusal(400, "budget max limit must be at least 0.01")
        return amount


@fault("count-beyond-32-bits-refused", "VALID", "must")
class CountBeyond32BitsRefused(Bodies):
    """The server refuses a count beyond 32 bits."""

    def whole(self, value: Any, place: str) -> int:
        if super().whole(value, place) >= 2**31:
            raise Refusal(400, f"{place} is out of range")
        return super().whole(value, place)


@fault("field-largest-count-refused", "VALID", "must", origin="blind-2")
class LargestCountRefused(Bodies):
    """The server refuses the largest count of 64 bits."""

    def whole(self, value: Any, place: str) -> int:
        if value == 2**63 - 1:
            raise Refusal(400, f"{place} is out of range")
        return super().whole(value, place)


@fault("flag-required", "VALID", "must")
class FlagRequired(Bodies):
    """The server refuses a budget without calendar_aligned."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        if raw and "calendar_aligned" not in raw:
            raise Refusal(400, "calendar_aligned is required")
        return super().budget(raw, purpose)


@fault("lone-limit-refused", "VALID", "should")
class LoneLimitRefused(Bodies):
    """An update refuses a budget with a limit and no duration."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        if "max_limit" in raw and "reset_duration" not in raw and purpose == "update":
            raise Refusal(400, "reset_duration is required")
        return super().budget(raw, purpose)


@fault("lone-duration-refused", "VALID", "should")
class LoneDurationRefused(Bodies):
    """An update refuses a budget with a duration and no limit."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        if "reset_duration" in raw and "max_limit" not in raw and purpose == "update":
            raise Refusal(400, "max_limit is required")
        return super().budget(raw, purpose)


@fault("lone-pair-refused", "VALID", "must")
class LonePairRefused(Bodies):
    """The server refuses a rate limit with only one pair."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        if any(name not in raw for name in RATE_LIMIT_FIELDS):
            raise Refusal(400, "all four fields are required")
        return super().rate_limit(raw, purpose)


@fault("lone-request-pair-refused", "VALID", "must")
class LoneRequestPairRefused(Governance):
    """The server refuses a rate limit without a token limit."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        super().check_rate_limit(rate_limit, purpose)
        if rate_limit.token.max_limit is None:
            raise Refusal(400, "token_max_limit is required")


@fault("both-components-required", "VALID", "must")
class BothComponentsRequired(Bodies):
    """The server refuses an update that mentions only one component."""

    def update_of(self, body: Json) -> Change:
        if ("budget" in body) != ("rate_limit" in body):
            raise Refusal(400, "budget and rate_limit are required")
        return super().update_of(body)


@fault("empty-update-refused", "VALID", "must")
class EmptyUpdateRefused(Bodies):
    """The server refuses an update with the body {}."""

    def update_of(self, body: Json) -> Change:
        if not body:
            raise Refusal(400, "budget or rate_limit is required")
        return super().update_of(body)


@fault("repeated-update-refused", "VALID", "must", proves=("UPDATE-17",))
class RepeatedUpdateRefused(Governance):
    """The server refuses a budget update that changes neither the limit nor the duration."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        if (after.max_limit, after.reset_duration) == (budget.max_limit, budget.reset_duration):
            raise Refusal(400, "nothing to change")
        return after


@fault("unknown-fields-refused", "VALID", "should")
class UnknownFieldsRefused(Bodies):
    """The server refuses an unknown member in the body."""

    def update_of(self, body: Json) -> Change:
        if set(body) - {"budget", "rate_limit"}:
            raise Refusal(400, "unknown field")
        return super().update_of(body)


@fault("unknown-budget-fields-refused", "VALID", "should", proves=("UPDATE-23",))
class UnknownBudgetFieldsRefused(Bodies):
    """The server refuses an unknown member in the budget."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        if set(raw) - set(BUDGET_FIELDS):
            raise Refusal(400, "unknown field")
        return super().budget(raw, purpose)
