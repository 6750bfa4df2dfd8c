"""Updates of a unit's governance: pure functions of the old state, the change and the time."""

from __future__ import annotations

from dataclasses import replace

from . import periods
from .messages import Refusal
from .model import Budget, BudgetChange, Change, Half, HalfChange, Ids, RateLimit, RateLimitChange, Unit
from .settings import Settings


def touched(unit: Unit, now: int) -> Unit:
    """Return a unit with the current time as `updated_at` of the unit and its components."""
    budget = replace(unit.budget, updated_at=now) if unit.budget else None
    rate_limit = replace(unit.rate_limit, updated_at=now) if unit.rate_limit else None
    return replace(unit, budget=budget, rate_limit=rate_limit, updated_at=now)


class Governance:
    """The rules of budgets and rate limits."""

    def __init__(self, settings: Settings, ids: Ids) -> None:
        self.settings = settings
        self.ids = ids

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        """Return the unit after the change. Raises Refusal if the change is not allowed."""
        budget = self.budget_after(unit, change.budget, now)
        rate_limit = self.rate_limit_after(unit, change.rate_limit, now)
        if change == Change():
            return touched(unit, now) if self.settings.empty_update_touches else unit
        return replace(unit, budget=budget, rate_limit=rate_limit, updated_at=now)

    # budgets

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        """Return the budget of the unit after the change."""
        if change is None:
            return unit.budget
        if change.removes:
            return None
        if unit.budget is None:
            return self.new_budget(unit, change, now)
        return self.change_budget(unit.budget, change, now)

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        """Return a new budget without usage, whose period begins now or with the calendar period."""
        if change.max_limit is None or change.reset_duration is None:
            raise Refusal(400, "both max_limit and reset_duration are required when creating a new budget")
        aligned = bool(change.calendar_aligned)
        budget = Budget(
            id=self.ids.new(),
            max_limit=change.max_limit,
            reset_duration=change.reset_duration,
            calendar_aligned=aligned,
            last_reset=now,
            current_usage=0.0,
            created_at=now,
            updated_at=now,
        )
        self.check_alignment(budget, change)
        return replace(budget, last_reset=self.period_start(budget, now)) if aligned else budget

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        """Return the budget with the given fields changed. Identity, usage and window are kept."""
        changed = self.merge_budget(budget, change, now)
        self.check_alignment(changed, change)
        if changed.calendar_aligned and not budget.calendar_aligned:
            return self.enable_alignment(changed, now)
        return changed

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        """Return the budget with the given fields in place of the old."""
        return replace(
            budget,
            max_limit=budget.max_limit if change.max_limit is None else change.max_limit,
            reset_duration=budget.reset_duration if change.reset_duration is None else change.reset_duration,
            calendar_aligned=budget.calendar_aligned if change.calendar_aligned is None else change.calendar_aligned,
            updated_at=now,
        )

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        """Return the budget without usage, in the current calendar period."""
        return replace(budget, current_usage=0.0, last_reset=self.period_start(budget, now))

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        """Refuse calendar alignment of a duration whose unit is shorter than a day."""
        if budget.calendar_aligned and not periods.is_alignable(budget.reset_duration):
            raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")

    def period_start(self, budget: Budget, now: int) -> int:
        """Return when the calendar period of the budget began."""
        grouped = self.settings.multiples == "group"
        return (periods.group_start if grouped else periods.period_start)(budget.reset_duration, now)

    # rate limits

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        """Return the rate limit of the unit after the change."""
        if change is None:
            return unit.rate_limit
        if change.removes:
            return None
        if unit.rate_limit is None:
            return self.new_rate_limit(unit, change, now)
        return self.change_rate_limit(unit.rate_limit, change, now)

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        """Return a new rate limit without usage, whose periods begin now."""
        token = self.new_half(change.token, now)
        request = self.new_half(change.request, now)
        rate_limit = RateLimit(id=self.ids.new(), token=token, request=request, created_at=now, updated_at=now)
        self.check_rate_limit(rate_limit, "create")
        return rate_limit

    def new_half(self, change: HalfChange, now: int) -> Half:
        """Return a half whose period begins now."""
        return Half(change.max_limit, change.reset_duration, 0, now)

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        """Return the rate limit with the given fields changed. Identity, usage and windows are kept."""
        changed = replace(
            rate_limit,
            token=self.change_half(rate_limit.token, change.token, now),
            request=self.change_half(rate_limit.request, change.request, now),
            updated_at=now,
        )
        self.check_rate_limit(changed, "update")
        return changed

    def change_half(self, half: Half, change: HalfChange, now: int) -> Half:
        """Return the half with the given fields in place of the old."""
        if self.settings.rate_limit_update == "replace":
            return replace(half, max_limit=change.max_limit, reset_duration=change.reset_duration)
        return replace(
            half,
            max_limit=half.max_limit if change.max_limit is None else change.max_limit,
            reset_duration=half.reset_duration if change.reset_duration is None else change.reset_duration,
        )

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        """Refuse a rate limit without a limit, or a limit without its duration."""
        if self.settings.lenient:
            return
        for half in (rate_limit.token, rate_limit.request):
            if half.max_limit is not None and half.reset_duration is None:
                raise Refusal(400, "each limit needs a reset duration")
        if rate_limit.token.max_limit is None and rate_limit.request.max_limit is None:
            raise Refusal(400, "a rate limit needs token_max_limit or request_max_limit")

    # ended periods

    def refresh(self, unit: Unit, now: int) -> Unit:
        """Return the unit with a new period without usage in place of each period that has ended."""
        budget, rate_limit = unit.budget, unit.rate_limit
        if budget is not None:
            start = self.budget_start(budget, now)
            if start > budget.last_reset:
                budget = replace(budget, current_usage=0.0, last_reset=start)
        if rate_limit is not None:
            rate_limit = replace(
                rate_limit,
                token=self.refresh_half(rate_limit.token, now),
                request=self.refresh_half(rate_limit.request, now),
            )
        return replace(unit, budget=budget, rate_limit=rate_limit)

    def budget_start(self, budget: Budget, now: int) -> int:
        """Return when the period of the budget that holds `now` began."""
        if budget.calendar_aligned and periods.is_alignable(budget.reset_duration):
            return self.period_start(budget, now)
        return self.rolling_start(budget.reset_duration, budget.last_reset, now)

    def refresh_half(self, half: Half, now: int) -> Half:
        """Return the half, or one with zero usage if its period has ended."""
        start = self.rolling_start(half.reset_duration, half.last_reset, now)
        return replace(half, current_usage=0, last_reset=start) if start > half.last_reset else half

    def rolling_start(self, text: str | None, last_reset: int, now: int) -> int:
        """Return when the period that holds `now` began, in whole steps from the last reset."""
        length = periods.duration(text) if text else None
        return last_reset if length is None else last_reset + (now - last_reset) // length * length
