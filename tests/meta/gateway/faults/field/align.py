"""Mistakes of calendar alignment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal
from ...model import Budget, BudgetChange, Change, RateLimit, Unit
from ...periods import DAY, SECOND


def _now(instant: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant // SECOND, dt.UTC)


@fault("ALIGN", "must")
class AligningKeepsSpend(Governance):
    """Turning alignment on moves last_reset and keeps what was spent."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), current_usage=budget.current_usage)


@fault("ALIGN", "must")
class AligningKeepsWindow(Governance):
    """Turning alignment on zeroes what was spent and leaves last_reset where it was."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), last_reset=budget.last_reset)


@fault("ALIGN", "must")
class AligningStartsNow(Governance):
    """Turning alignment on sets last_reset to now instead of to the start of the period."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), last_reset=now)


@fault("ALIGN", "should")
class AligningByOldDuration(Governance):
    """With a new duration in the same body, last_reset snaps to the period of the old one."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        if changed.calendar_aligned and not budget.calendar_aligned and periods.is_alignable(budget.reset_duration):
            return replace(changed, last_reset=self.period_start(budget, now))
        return changed


@fault("ALIGN", "should")
class RepeatedFlagZeroes(Governance):
    """Every update that carries calendar_aligned: true zeroes the spend, not only the one that turns it on."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        return self.enable_alignment(changed, now) if change.calendar_aligned else changed


@fault("ALIGN", "should")
class UnaligningZeroes(Governance):
    """Turning alignment off zeroes the spend and begins a window."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        if budget.calendar_aligned and not changed.calendar_aligned:
            return replace(changed, current_usage=0.0, last_reset=now)
        return changed


@fault("ALIGN", "should")
class FlagLostWithNewLimit(Governance):
    """An update without the flag stores its zero value: raising the limit of an aligned budget unaligns it."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return replace(super().merge_budget(budget, change, now), calendar_aligned=bool(change.calendar_aligned))


@fault("ALIGN", "must")
class FlagLostWithRateLimit(Governance):
    """An update of the rate limit saves the owner with the default of calendar_aligned."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is None and change.rate_limit is not None and after.budget is not None:
            return replace(after, budget=replace(after.budget, calendar_aligned=False))
        return after


@fault("ALIGN", "must")
class FlagCannotBeCleared(Bodies):
    """False is the zero value and counts as not given: an aligned budget stays aligned."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        change = super().budget(raw, purpose)
        return replace(change, calendar_aligned=change.calendar_aligned or None)


@fault("ALIGN", "must")
class FlagIgnoredOnCreation(Governance):
    """A first budget is never aligned, whatever the body says."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        return replace(budget, calendar_aligned=False, last_reset=now)


@fault("ALIGN", "should")
class FirstAlignedPeriodStartsNow(Governance):
    """The first period of an aligned budget begins when it was created, not with the calendar."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), last_reset=now)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.last_reset == budget.created_at else super().budget_start(budget, now)


@fault("ALIGN", "must")
class WeekBeginsOnSunday(Governance):
    """Weeks begin on Sunday, as the language counts its weekdays."""

    def period_start(self, budget: Budget, now: int) -> int:
        if not budget.reset_duration.endswith("w"):
            return super().period_start(budget, now)
        today = _now(now).date()
        return periods.midnight(today - dt.timedelta(days=today.isoweekday() % 7))


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
class YearsNotAlignable(Governance):
    """The suffixes that can be aligned were copied without the year."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        super().check_alignment(budget, change)
        if budget.calendar_aligned and budget.reset_duration.endswith("Y"):
            raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks or months")


@fault("ALIGN", "must")
class AligningResetsCounters(Governance):
    """Turning alignment on also snaps the windows of the rate limit and zeroes its counters."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        turned_on = unit.budget and after.budget and after.budget.calendar_aligned and not unit.budget.calendar_aligned
        if not turned_on or after.rate_limit is None:
            return after
        return replace(after, rate_limit=self.emptied(after.rate_limit, now))

    def emptied(self, rate_limit: RateLimit, now: int) -> RateLimit:
        """Return the rate limit with both windows begun now."""
        token, request = (
            replace(half, current_usage=0, last_reset=now) for half in (rate_limit.token, rate_limit.request)
        )
        return replace(rate_limit, token=token, request=request)


@fault("ALIGN", "must")
class FlagBeforeDurationRefused(Bodies):
    """Members are applied in the order of the body: the flag before a new duration meets the old one, or none."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        names = [name for name in raw if name in ("calendar_aligned", "reset_duration")]
        if names == ["calendar_aligned", "reset_duration"] and raw["calendar_aligned"] is True:
            raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")
        return super().budget(raw, purpose)


@fault("ALIGN", "should")
class NullFlagUnaligns(Bodies):
    """A null flag is the zero value: it turns alignment off."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        change = super().budget(raw, purpose)
        return replace(change, calendar_aligned=False) if raw.get("calendar_aligned", True) is None else change


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
