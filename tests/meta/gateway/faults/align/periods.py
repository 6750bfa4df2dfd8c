"""Servers that compute the start of a calendar period wrongly."""

from __future__ import annotations

import datetime as dt

from ... import periods
from ...assembly import fault
from ...governance import Governance
from ...model import Budget
from ...periods import DAY, SECOND

_HOUR = 3_600 * SECOND


@fault("periods-in-local-time", "ALIGN", "must")
class PeriodsInLocalTime(Governance):
    """Calendar periods begin at midnight seven hours west of UTC."""

    def period_start(self, budget: Budget, now: int) -> int:
        return super().period_start(budget, now - 7 * _HOUR) + 7 * _HOUR


@fault("month-in-local-time", "ALIGN", "must")
class MonthInLocalTime(Governance):
    """Calendar months begin at midnight two hours east of UTC."""

    def period_start(self, budget: Budget, now: int) -> int:
        if not budget.reset_duration.endswith("M"):
            return super().period_start(budget, now)
        return super().period_start(budget, now + 2 * _HOUR) - 2 * _HOUR


@fault("month-is-thirty-days", "ALIGN", "must")
class MonthIsThirtyDays(Governance):
    """The server sets the start of a calendar month to 30 days before the request."""

    def period_start(self, budget: Budget, now: int) -> int:
        return now - 30 * DAY if budget.reset_duration.endswith("M") else super().period_start(budget, now)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("year-is-three-hundred-sixty-five-days", "ALIGN", "must")
class YearIsThreeHundredSixtyFiveDays(Governance):
    """The server sets the start of a calendar year to 365 days before the request."""

    def period_start(self, budget: Budget, now: int) -> int:
        return now - 365 * DAY if budget.reset_duration.endswith("Y") else super().period_start(budget, now)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("period-of-next-month", "ALIGN", "must")
class PeriodOfNextMonth(Governance):
    """A calendar month begins at the start of the next month."""

    def period_start(self, budget: Budget, now: int) -> int:
        start = super().period_start(budget, now)
        return super().period_start(budget, start + 32 * DAY) if budget.reset_duration.endswith("M") else start


@fault("week-begins-on-sunday", "ALIGN", "must")
class WeekBeginsOnSunday(Governance):
    """Calendar weeks begin on Sunday."""

    def period_start(self, budget: Budget, now: int) -> int:
        if not budget.reset_duration.endswith("w"):
            return super().period_start(budget, now)
        return super().period_start(budget, now + DAY) - DAY


@fault("multiples-begin-now", "ALIGN", "should", proves=("ALIGN-10",))
class MultiplesBeginNow(Governance):
    """The period of a multiple, such as 3M, begins when alignment is turned on."""

    def period_start(self, budget: Budget, now: int) -> int:
        return super().period_start(budget, now) if budget.reset_duration.startswith("1") else now

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("field-periods-in-local-time", "ALIGN", "must", origin="blind-2")
class PeriodsEastOfUtc(Governance):
    """Calendar periods begin at midnight two hours east of UTC."""

    def period_start(self, budget: Budget, now: int) -> int:
        ahead = 2 * 3600 * SECOND
        return super().period_start(budget, now + ahead) - ahead


@fault("field-month-is-thirty-days", "ALIGN", "must", origin="blind-2")
class MonthsSinceEpoch(Governance):
    """Calendar months begin at noon of every thirtieth day since 1970."""

    def period_start(self, budget: Budget, now: int) -> int:
        if budget.reset_duration.endswith("M"):
            noon = DAY // 2  # so that no period begins with a calendar month, whatever the date is
            return (now - noon) // (30 * DAY) * 30 * DAY + noon
        return super().period_start(budget, now)


def _now(instant: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant // SECOND, dt.UTC)


@fault("field-fiscal-year", "ALIGN", "must", origin="blind-2")
class FiscalYear(Governance):
    """Calendar years begin in April."""

    def period_start(self, budget: Budget, now: int) -> int:
        if not budget.reset_duration.endswith("Y"):
            return super().period_start(budget, now)
        today = _now(now).date()
        return periods.midnight(dt.date(today.year - (today.month < 4), 4, 1))


@fault("field-time-of-day-kept", "ALIGN", "must", origin="blind-2")
class TimeOfDayKept(Governance):
    """Calendar months and years begin at the time of day of the request."""

    def period_start(self, budget: Budget, now: int) -> int:
        start = super().period_start(budget, now)
        return start + now % DAY if budget.reset_duration[-1:] in "MY" else start

    def budget_start(self, budget: Budget, now: int) -> int:
        return max(budget.last_reset, super().period_start(budget, now))


@fault("field-next-period-instead-of-current", "ALIGN", "must", origin="blind-2")
class NextPeriodInsteadOfCurrent(Governance):
    """Days and weeks begin at the start of the next period."""

    def period_start(self, budget: Budget, now: int) -> int:
        length = {"d": DAY, "w": 7 * DAY}.get(budget.reset_duration[-1:], 0)
        return super().period_start(budget, now) + length
