"""Instants, durations and calendar periods.

An instant is a whole number of nanoseconds since 1970-01-01T00:00:00Z, and a duration is a whole number of nanoseconds.
Gateways use nanoseconds, but `datetime` has only microseconds.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from fractions import Fraction

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
LONGEST = 2**63 - 1

_CLOCK_UNITS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000,
    "s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND,
}  # fmt: skip
_CALENDAR_UNITS = {"d": DAY, "w": 7 * DAY, "M": 30 * DAY, "Y": 365 * DAY}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_CLOCK = re.compile(rf"({_NUMBER})(ns|us|µs|ms|s|m|h)")
_CLOCK_WHOLE = re.compile(rf"(?:{_NUMBER}(?:ns|us|µs|ms|s|m|h))+")
_CALENDAR_WHOLE = re.compile(rf"\+?({_NUMBER})([dwMY])")


class Clock:
    """The system clock, made strictly increasing so that two changes never have the same instant."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def now(self) -> int:
        """Return the current instant, which is later than every instant returned before."""
        with self._lock:
            self._last = max(time.time_ns(), self._last + 1)
            return self._last


def duration(text: str) -> int | None:
    """Return the length in nanoseconds, or None if the text is not a duration (contract: schema ResetDuration)."""
    if calendar := _CALENDAR_WHOLE.fullmatch(text):
        length = _fraction(calendar[1]) * _CALENDAR_UNITS[calendar[2]]
    elif _CLOCK_WHOLE.fullmatch(text):
        length = sum((_fraction(number) * _CLOCK_UNITS[unit] for number, unit in _CLOCK.findall(text)), Fraction(0))
    else:
        return None
    return int(length) if 1 <= length <= LONGEST else None


def _fraction(number: str) -> Fraction:
    return Fraction(f"0{number}" if number.startswith(".") else number.removesuffix("."))


def is_alignable(text: str) -> bool:
    """Return whether periods of this duration can follow the calendar: days, weeks, months and years."""
    return text[-1:] in _CALENDAR_UNITS


def period_start(text: str, now: int) -> int:
    """Return the start of the calendar period that contains `now`, in UTC. The multiplier is ignored.

    The period of a duration that cannot be aligned begins now.
    """
    if not is_alignable(text):
        return now
    today = dt.datetime.fromtimestamp(now // SECOND, dt.UTC).date()
    starts = {
        "d": today,
        "w": today - dt.timedelta(days=today.weekday()),
        "M": today.replace(day=1),
        "Y": today.replace(month=1, day=1),
    }
    return midnight(starts[text[-1]])


def group_start(text: str, now: int) -> int:
    """Return the start of the group of calendar months or years that contains `now`: 3M is a quarter of the year."""
    start, count = period_start(text, now), text[:-1]
    day = dt.datetime.fromtimestamp(start // SECOND, dt.UTC).date()
    if not count.isdigit() or text[-1:] not in ("M", "Y"):
        return start
    if text.endswith("M"):
        months = (day.year * 12 + day.month - 1) // int(count) * int(count)
        return midnight(dt.date(months // 12, months % 12 + 1, 1))
    return midnight(dt.date(day.year // int(count) * int(count), 1, 1))


def midnight(day: dt.date) -> int:
    """Return the first instant of a day in UTC."""
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()) * SECOND
