"""Servers that refuse valid bodies and numbers."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...bodies import BUDGET_FIELDS, RATE_LIMIT_FIELDS, Bodies
from ...governance import Governance
from ...messages import Json, Refusal
from ...model import Budget, BudgetChange, Change, RateLimitChange


@fault("fractional-dollars-refused", "must", Bodies.number)
def fractional_dollars_refused(self: Bodies, value: Any) -> float:
    """The server refuses a budget limit with a fraction."""
    if isinstance(value, float) and not value.is_integer():
        raise Refusal(400, "max_limit must be a whole number")
    return Bodies.number(self, value)


@fault("lowered-limit-refused", "must", Governance.merge_budget)
def lowered_limit_refused(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """The server refuses a lower budget limit."""
    if change.max_limit is not None and change.max_limit < budget.max_limit:
        raise Refusal(400, "max_limit can only be raised")
    return Governance.merge_budget(self, budget, change, now)


@fault("limit-below-usage-refused", "must", Governance.merge_budget)
def limit_below_usage_refused(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """The server refuses a budget limit below the usage."""
    if change.max_limit is not None and change.max_limit < budget.current_usage:
        raise Refusal(400, "max_limit is below current_usage")
    return Governance.merge_budget(self, budget, change, now)


@fault("small-limit-refused", "must", Bodies.dollars)
def small_limit_refused(self: Bodies, value: Any, purpose: str) -> float:
    """The server refuses a budget limit below one dollar."""
    if Bodies.dollars(self, value, purpose) < 1:
        raise Refusal(400, "max_limit is too small")
    return Bodies.dollars(self, value, purpose)


@fault("large-limit-refused", "must", Bodies.dollars)
def large_limit_refused(self: Bodies, value: Any, purpose: str) -> float:
    """The server refuses a budget limit above a million dollars."""
    if Bodies.dollars(self, value, purpose) > 1_000_000:
        raise Refusal(400, "max_limit is too large")
    return Bodies.dollars(self, value, purpose)


@fault("third-limit-below-one-cent-refused", "must", Bodies.dollars, origin="blind-3")
def limit_below_one_cent_refused(self: Bodies, value: Any, purpose: str) -> float:
    """The server refuses a budget limit below one cent."""
    amount = Bodies.dollars(self, value, purpose)
    if amount < 0.01:
        raise Refusal(400, "budget max limit must be at least 0.01")
    return amount


@fault("count-beyond-32-bits-refused", "must", Bodies.whole)
def count_beyond_32_bits_refused(self: Bodies, value: Any, place: str) -> int:
    """The server refuses a count beyond 32 bits."""
    if Bodies.whole(self, value, place) >= 2**31:
        raise Refusal(400, f"{place} is out of range")
    return Bodies.whole(self, value, place)


@fault("flag-required", "must", Bodies.budget)
def flag_required(self: Bodies, raw: Json, purpose: str) -> BudgetChange:
    """The server refuses a budget without calendar_aligned."""
    if raw and "calendar_aligned" not in raw:
        raise Refusal(400, "calendar_aligned is required")
    return Bodies.budget(self, raw, purpose)


@fault("lone-limit-refused", "should", Bodies.budget)
def lone_limit_refused(self: Bodies, raw: Json, purpose: str) -> BudgetChange:
    """An update refuses a budget with a limit and no duration."""
    if "max_limit" in raw and "reset_duration" not in raw and purpose == "update":
        raise Refusal(400, "reset_duration is required")
    return Bodies.budget(self, raw, purpose)


@fault("lone-duration-refused", "should", Bodies.budget)
def lone_duration_refused(self: Bodies, raw: Json, purpose: str) -> BudgetChange:
    """An update refuses a budget with a duration and no limit."""
    if "reset_duration" in raw and "max_limit" not in raw and purpose == "update":
        raise Refusal(400, "max_limit is required")
    return Bodies.budget(self, raw, purpose)


@fault("lone-pair-refused", "must", Bodies.rate_limit)
def lone_pair_refused(self: Bodies, raw: Json, purpose: str) -> RateLimitChange:
    """The server refuses a rate limit with only one pair."""
    if any(name not in raw for name in RATE_LIMIT_FIELDS):
        raise Refusal(400, "all four fields are required")
    return Bodies.rate_limit(self, raw, purpose)


@fault("both-components-required", "must", Bodies.update_of)
def both_components_required(self: Bodies, body: Json) -> Change:
    """The server refuses an update that mentions only one component."""
    if ("budget" in body) != ("rate_limit" in body):
        raise Refusal(400, "budget and rate_limit are required")
    return Bodies.update_of(self, body)


@fault("empty-update-refused", "must", Bodies.update_of)
def empty_update_refused(self: Bodies, body: Json) -> Change:
    """The server refuses an update with the body {}."""
    if not body:
        raise Refusal(400, "budget or rate_limit is required")
    return Bodies.update_of(self, body)


@fault("repeated-update-refused", "must", Governance.merge_budget, proves=("UPDATE-17",))
def repeated_update_refused(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """The server refuses a budget update that changes neither the limit nor the duration."""
    after = Governance.merge_budget(self, budget, change, now)
    if (after.max_limit, after.reset_duration) == (budget.max_limit, budget.reset_duration):
        raise Refusal(400, "nothing to change")
    return after


@fault("unknown-fields-refused", "should", Bodies.update_of)
def unknown_fields_refused(self: Bodies, body: Json) -> Change:
    """The server refuses an unknown member in the body."""
    if set(body) - {"budget", "rate_limit"}:
        raise Refusal(400, "unknown field")
    return Bodies.update_of(self, body)


@fault("unknown-budget-fields-refused", "should", Bodies.budget, proves=("UPDATE-23",))
def unknown_budget_fields_refused(self: Bodies, raw: Json, purpose: str) -> BudgetChange:
    """The server refuses an unknown member in the budget."""
    if set(raw) - set(BUDGET_FIELDS):
        raise Refusal(400, "unknown field")
    return Bodies.budget(self, raw, purpose)
