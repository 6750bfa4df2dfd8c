"""Periods of the calendar, computed here, independently of any server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

_STARTS: Mapping[str, Callable[[datetime], datetime]] = {
    "d": lambda day: day,
    "w": lambda day: day - timedelta(days=day.weekday()),  # weeks begin on Monday
    "M": lambda day: day.replace(day=1),
    "Y": lambda day: day.replace(month=1, day=1),
}
LETTERS = tuple(_STARTS)
"""What ends the durations that can be aligned to the calendar."""
_SHORTEST: Mapping[str, timedelta] = {
    letter: timedelta(days=days) for letter, days in (("d", 1), ("w", 7), ("M", 28), ("Y", 365))
}
SLACK = timedelta(minutes=2)
"""How far the target's clock may be from this one, and how long a rule may take."""


def start(letter: str, moment: datetime) -> datetime:
    """Return when the calendar's day, week, month or year began that holds a moment, in the moment's own zone."""
    return _STARTS[letter](moment.replace(hour=0, minute=0, second=0, microsecond=0))


def may_have_ended(duration: str, began: datetime | None, now: datetime, *, aligned: bool) -> bool:
    """Whether a window that was shown may be over, so that a read begins it anew.

    Args:
        duration: as the contract has it; anything shorter than days may be over at any time.
        began: its ``last_reset``, where it has one.
        now: in UTC.
        aligned: whether it ends with the calendar.
    """
    count, letter = duration[:-1], duration[-1:]
    if letter not in _STARTS or not count.isdecimal():
        return True
    if began is None:
        return False
    if aligned:
        return began < start(letter, now + SLACK)
    try:
        return began + int(count) * _SHORTEST[letter] < now + SLACK
    except (OverflowError, ValueError):  # beyond the year 9999, or more digits than a number may have
        return False
