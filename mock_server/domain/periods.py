"""Durations and calendar periods, as the contract's ResetDuration describes them.

Durations are nanoseconds in a signed 64-bit integer. Times are aware datetimes in UTC.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

MAX_NANOSECONDS = 2**63 - 1
_HOUR = 3_600_000_000_000
_CLOCK_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": _HOUR,
}
_CALENDAR_UNITS = {"d": 24 * _HOUR, "w": 168 * _HOUR, "M": 720 * _HOUR, "Q": 2160 * _HOUR, "Y": 8760 * _HOUR}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_PART = re.compile(rf"({_NUMBER})(ns|us|µs|μs|ms|s|m|h)")
_CLOCK = re.compile(rf"\+?(?:{_PART.pattern})+")
_CALENDAR = re.compile(rf"\+?({_NUMBER})([dwMQY])")


_LONGEST_DURATION = 1000
"""Characters: Python does not read numbers of thousands of digits."""


class DurationError(ValueError):
    """The text is not a positive duration of at most 2**63 - 1 nanoseconds."""

    def __init__(self, text: str) -> None:
        """Say what a duration looks like."""
        super().__init__(f"not a duration such as 30s, 1h30m or 1d, of at most 292 years: {text[:100]!r}")


@lru_cache(maxsize=1024)
def nanoseconds(text: str) -> int:
    """Return the length of a duration such as `30s`, `1h30m` or `1M` in nanoseconds; raises DurationError.

    A month counts 30 days, a quarter 90 and a year 365 (contract: /components/schemas/ResetDuration).
    """
    if len(text) > _LONGEST_DURATION:
        raise DurationError(text)
    if calendar := _CALENDAR.fullmatch(text):
        total = _scaled(calendar[1], _CALENDAR_UNITS[calendar[2]])
    elif _CLOCK.fullmatch(text):
        total = sum(_scaled(number, _CLOCK_UNITS[unit]) for number, unit in _PART.findall(text))
    else:
        raise DurationError(text)
    if not 0 < total <= MAX_NANOSECONDS:
        raise DurationError(text)
    return total


def _scaled(number: str, unit: int) -> int:
    """Return a decimal number of units in nanoseconds, exact and truncated to whole nanoseconds."""
    whole, _, fraction = number.partition(".")
    return int((whole + fraction) or "0") * unit // int(10 ** len(fraction))


def calendar_start(now: datetime, duration: str) -> datetime:
    """Return the start of the calendar period (UTC) that contains `now`. The start belongs to the new period.

    Only the unit of the duration matters: `3M` starts with the month, as `1M` does. Weeks start on Monday, quarters in
    January, April, July and October. For a duration without a calendar unit, `now` is returned.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match duration[-1]:
        case "d":
            return midnight
        case "w":
            return midnight - timedelta(days=midnight.weekday())
        case "M":
            return midnight.replace(day=1)
        case "Q":
            return midnight.replace(month=(midnight.month - 1) // 3 * 3 + 1, day=1)
        case "Y":
            return midnight.replace(month=1, day=1)
        case _:
            return now


def period_end(now: datetime, duration: str) -> datetime | None:
    """Return the start of the next calendar period, or None if there is none: without a unit, or after year 9999."""
    start = calendar_start(now, duration)
    try:
        match duration[-1]:
            case "d":
                return start + timedelta(days=1)
            case "w":
                return start + timedelta(days=7)
            case "M":
                return calendar_start(start + timedelta(days=31), duration)
            case "Q":
                return calendar_start(start + timedelta(days=92), duration)
            case "Y":
                return calendar_start(start + timedelta(days=366), duration)
            case _:
                return None
    except OverflowError:
        return None
