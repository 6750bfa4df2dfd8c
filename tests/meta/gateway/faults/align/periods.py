"""Servers that compute the start of a calendar period wrongly."""

from __future__ import annotations

import datetime as dt
import struct

from ... import periods
from ...assembly import fault
from ...governance import Governance
from ...model import Budget
from ...periods import DAY, SECOND

_HOUR = 3_600 * SECOND


@fault("periods-in-local-time", "must", Governance.period_start)
def periods_in_local_time(self: Governance, budget: Budget, now: int) -> int:
    """Calendar periods begin at midnight seven hours west of UTC."""
    return Governance.period_start(self, budget, now - 7 * _HOUR) + 7 * _HOUR


@fault("month-is-thirty-days", "must")
class MonthIsThirtyDays(Governance):
    """The server sets the start of a calendar month to 30 days before the request."""

    def period_start(self, budget: Budget, now: int) -> int:
        return now - 30 * DAY if budget.reset_duration.endswith("M") else super().period_start(budget, now)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("year-is-three-hundred-sixty-five-days", "must")
class YearIsThreeHundredSixtyFiveDays(Governance):
    """The server sets the start of a calendar year to 365 days before the request."""

    def period_start(self, budget: Budget, now: int) -> int:
        return now - 365 * DAY if budget.reset_duration.endswith("Y") else super().period_start(budget, now)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("week-begins-on-sunday", "must", Governance.period_start)
def week_begins_on_sunday(self: Governance, budget: Budget, now: int) -> int:
    """Calendar weeks begin on Sunday."""
    if not budget.reset_duration.endswith("w"):
        return Governance.period_start(self, budget, now)
    return Governance.period_start(self, budget, now + DAY) - DAY


@fault("multiples-begin-now", "should", proves=("ALIGN-10",))
class MultiplesBeginNow(Governance):
    """The period of a multiple, such as 3M, begins when alignment is turned on."""

    def period_start(self, budget: Budget, now: int) -> int:
        return super().period_start(budget, now) if budget.reset_duration.startswith("1") else now

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("field-periods-in-local-time", "must", Governance.period_start, origin="blind-2")
def periods_east_of_utc(self: Governance, budget: Budget, now: int) -> int:
    """Calendar periods begin at midnight two hours east of UTC."""
    ahead = 2 * 3600 * SECOND
    return Governance.period_start(self, budget, now + ahead) - ahead


def _now(instant: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant // SECOND, dt.UTC)


@fault("field-fiscal-year", "must", Governance.period_start, origin="blind-2")
def fiscal_year(self: Governance, budget: Budget, now: int) -> int:
    """Calendar years begin in April."""
    if not budget.reset_duration.endswith("Y"):
        return Governance.period_start(self, budget, now)
    today = _now(now).date()
    return periods.midnight(dt.date(today.year - (today.month < 4), 4, 1))


@fault("field-time-of-day-kept", "must", origin="blind-2")
class TimeOfDayKept(Governance):
    """Calendar months and years begin at the time of day of the request."""

    def period_start(self, budget: Budget, now: int) -> int:
        start = super().period_start(budget, now)
        return start + now % DAY if budget.reset_duration[-1:] in "MY" else start

    def budget_start(self, budget: Budget, now: int) -> int:
        return max(budget.last_reset, super().period_start(budget, now))


@fault("field-next-period-instead-of-current", "must", Governance.period_start, origin="blind-2")
def next_period_instead_of_current(self: Governance, budget: Budget, now: int) -> int:
    """Days and weeks begin at the start of the next period."""
    length = {"d": DAY, "w": 7 * DAY}.get(budget.reset_duration[-1:], 0)
    return Governance.period_start(self, budget, now) + length


@fault("late-period-that-ends-after-2038-breaks", "must", origin="blind-6")
class PeriodThatEndsAfter2038Breaks(Governance):
    """The server answers 500 to calendar alignment of a period that ends after 18 January 2038, such as 20Y."""

    def period_start(self, budget: Budget, now: int) -> int:
        start = super().period_start(budget, now)
        end = start + (periods.duration(budget.reset_duration) or 0)
        struct.pack(">i", end // periods.SECOND)
        return start
