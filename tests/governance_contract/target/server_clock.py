"""The clock of the target, as its Date headers show it. Times are judged by it, since the contract names no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

_SAME = timedelta(minutes=2)
"""A smaller difference may come from the transport, from a cache, or from the whole seconds of the header."""
_MOST = timedelta(days=36525)
"""A larger difference is not the error of a clock, and calendar periods near it may lie outside the years 1 to 9999."""


@lru_cache(maxsize=16)  # the responses of one second have the same header
def time_of(date: str) -> datetime | None:
    """Return the time of an HTTP date in UTC; None if the text is no date. A date without a zone is in UTC."""
    try:
        moment = parsedate_to_datetime(date)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


class ServerClock:
    """The difference between the clock of the target and the clock of this machine."""

    def __init__(self) -> None:
        """Start without a difference."""
        self.ahead = timedelta()

    def learn(self, date: str | None) -> None:
        """Read a Date header (RFC 9110 section 6.6.1) that has just been received."""
        if not date:
            return
        sent = time_of(date)
        ahead = sent - datetime.now(UTC) if sent else None
        if ahead is None or abs(ahead) > _MOST:
            return
        self.ahead = ahead if abs(ahead) > _SAME else timedelta()

    def now(self) -> datetime:
        """Return the current time of the target."""
        return datetime.now(UTC) + self.ahead

    @property
    def difference(self) -> str:
        """The difference in words; empty if there is none."""
        if not self.ahead:
            return ""
        minutes = round(abs(self.ahead).total_seconds() / 60)
        hours = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
        return f"{hours} {'ahead' if self.ahead > timedelta() else 'behind'}"
