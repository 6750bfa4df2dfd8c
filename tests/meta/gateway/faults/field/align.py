"""Mistakes of calendar alignment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal
from ...model import Budget, BudgetChange, Change, Unit
from ...periods import DAY, SECOND


def _now(instant: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant // SECOND, dt.UTC)


@fault("ALIGN", "should")
class RepeatedFlagZeroes(Governance):
    """Every update that carries calendar_aligned: true zeroes the spend, not only the one that turns it on."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        return self.enable_alignment(changed, now) if change.calendar_aligned else changed


@fault("ALIGN", "must")
class FlagLostWithRateLimit(Governance):
    """An update of the rate limit saves the owner with the default of calendar_aligned."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is None and change.rate_limit is not None and after.budget is not None:
            return replace(after, budget=replace(after.budget, calendar_aligned=False))
        return after


@fault("ALIGN", "must")
class FlagIgnoredOnCreation(Governance):
    """A first budget is never aligned, whatever the body says."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        return replace(budget, calendar_aligned=False, last_reset=now)


@fault("ALIGN", "must")
class PeriodsInLocalTime(Governance):
    """Periods begin at midnight of the server's zone, two hours before UTC."""

    def period_start(self, budget: Budget, now: int) -> int:
        ahead = 2 * 3600 * SECOND
        return super().period_start(budget, now + ahead) - ahead


@fault("ALIGN", "must")
class MonthIsThirtyDays(Governance):
    """The start of a month is found by rounding down to 30 days since the epoch."""

    def period_start(self, budget: Budget, now: int) -> int:
        if budget.reset_duration.endswith("M"):
            return now // (30 * DAY) * 30 * DAY
        return super().period_start(budget, now)


@fault("ALIGN", "must")
class WeekFromEpoch(Governance):
    """The start of a week is found by rounding down to seven days since the epoch, which was a Thursday."""

    def period_start(self, budget: Budget, now: int) -> int:
        if budget.reset_duration.endswith("w"):
            return now // (7 * DAY) * 7 * DAY
        return super().period_start(budget, now)


@fault("ALIGN", "must")
class FiscalYear(Governance):
    """Years begin in April, the fiscal year of whoever wrote it."""

    def period_start(self, budget: Budget, now: int) -> int:
        if not budget.reset_duration.endswith("Y"):
            return super().period_start(budget, now)
        today = _now(now).date()
        return periods.midnight(dt.date(today.year - (today.month < 4), 4, 1))


@fault("ALIGN", "must")
class TimeOfDayKept(Governance):
    """Only the day is replaced: the start of a month has the time of day of the request."""

    def period_start(self, budget: Budget, now: int) -> int:
        start = super().period_start(budget, now)
        return start + now % DAY if budget.reset_duration[-1:] in "MY" else start

    def budget_start(self, budget: Budget, now: int) -> int:
        return max(budget.last_reset, super().period_start(budget, now))


@fault("ALIGN", "must")
class NextPeriodInsteadOfCurrent(Governance):
    """last_reset is set to the next boundary of a day or a week, in the future."""

    def period_start(self, budget: Budget, now: int) -> int:
        length = {"d": DAY, "w": 7 * DAY}.get(budget.reset_duration[-1:], 0)
        return super().period_start(budget, now) + length


@fault("ALIGN", "must")
class MultiplesNotAlignable(Governance):
    """Only 1d, 1w, 1M and 1Y are known to the calendar: 2w is refused."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        super().check_alignment(budget, change)
        if budget.calendar_aligned and budget.reset_duration not in ("1d", "1w", "1M", "1Y"):
            raise Refusal(400, "calendar_aligned needs 1d, 1w, 1M or 1Y")


@fault("ALIGN", "must")
class FlagBeforeDurationRefused(Bodies):
    """Members are applied in the order of the body: the flag before a new duration meets the old one, or none."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        names = [name for name in raw if name in ("calendar_aligned", "reset_duration")]
        if names == ["calendar_aligned", "reset_duration"] and raw["calendar_aligned"] is True:
            raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")
        return super().budget(raw, purpose)


@fault("ALIGN", "must")
class AlignedLimitLocked(Governance):
    """The limit of an aligned budget does not change before the next period, and nothing says so."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, max_limit=budget.max_limit) if budget.calendar_aligned else changed


@fault("ALIGN", "must")
class NewDurationUnaligns(Governance):
    """An aligned budget of a new duration is turned into a rolling one."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        if budget.calendar_aligned and changed.reset_duration != budget.reset_duration:
            return replace(changed, calendar_aligned=False)
        return changed


@fault("ALIGN", "must")
class UnalignedByRemovalOfRateLimit(Governance):
    """The removal of the rate limit clears every optional column of the unit's budget: it is no longer aligned."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.rate_limit is not None and change.rate_limit.removes and after.budget is not None:
            return replace(after, budget=replace(after.budget, calendar_aligned=False))
        return after
