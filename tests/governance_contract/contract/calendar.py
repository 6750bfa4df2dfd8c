"""Computes calendar periods and lengths of durations, independently of any server."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

_STARTS: Mapping[str, Callable[[datetime], datetime]] = {
    "d": lambda day: day,
    "w": lambda day: day - timedelta(days=day.weekday()),  # weeks begin on Monday
    "M": lambda day: day.replace(day=1),
    "Q": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "Y": lambda day: day.replace(month=1, day=1),
}
CALENDAR_UNITS = tuple(_STARTS)
"""The units of durations that can be aligned to the calendar."""
_SHORTEST: Mapping[str, timedelta] = {
    time_unit: timedelta(days=days) for time_unit, days in (("d", 1), ("w", 7), ("M", 28), ("Q", 90), ("Y", 365))
}
_CLOCK_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_CLOCK_PART = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)"
SLACK = timedelta(minutes=2)
"""The maximum error of what the checks take for the current time of a target.

The Date header shows how far the clock of the target is from the clock of this machine, but a small difference is
ignored. The time between a request and its judgement is part of the error.
"""


def clock_length(duration: Any) -> Fraction | None:
    """Return the nanoseconds of a duration in clock units, such as ``1h30m``; None if the value is none."""
    if not isinstance(duration, str) or re.fullmatch(f"(?:{_CLOCK_PART})+", duration) is None:
        return None
    parts = re.findall(_CLOCK_PART, duration)
    return sum((Fraction(f"0{number}".rstrip(".")) * _CLOCK_UNITS[unit] for number, unit in parts), Fraction(0))


def start(time_unit: str, moment: datetime) -> datetime:
    """Return the start of the calendar day, week, month, quarter or year that contains a moment, in its time zone."""
    return _STARTS[time_unit](moment.replace(hour=0, minute=0, second=0, microsecond=0))


def starts_near(time_unit: str, now: datetime) -> set[datetime]:
    """Return the start of the current period, or of two periods around midnight, because ``now`` is not exact."""
    return {start(time_unit, moment) for moment in (now - SLACK, now, now + SLACK)}


def may_have_ended(duration: str, began: datetime | None, now: datetime, *, aligned: bool) -> bool:
    """Whether a window may have ended, so that a read starts a new one.

    Args:
        duration: a duration of the contract. A window shorter than a day may have ended at any time.
        began: its ``last_reset``, if it has one.
        now: the current time in UTC.
        aligned: whether the window is aligned to the calendar.
    """
    count, time_unit = duration[:-1], duration[-1:]
    if time_unit not in _STARTS or not count.isdecimal():
        return True
    if began is None:
        return False
    if aligned:
        return began < start(time_unit, now + SLACK)
    try:
        return began + int(count) * _SHORTEST[time_unit] < now + SLACK
    except (OverflowError, ValueError):  # after the year 9999, or too many digits for int()
        return False
