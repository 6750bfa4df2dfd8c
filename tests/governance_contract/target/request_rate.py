"""The request rate: the limit that the user sets, and the target's Retry-After header."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from .server_clock import time_of

_SECONDS_PER = {"s": 1.0, "m": 60.0, "h": 3600.0}
_DEFAULT_RETRY_AFTER = 1.0
_MOST_DIGITS = 9


def parse_rate(text: str) -> float:
    """Return requests per second from ``N``, ``N/s``, ``N/m`` or ``N/h``.

    Raises:
        ValueError: the text has another form, or the rate is not above zero.
    """
    number, _, unit = text.partition("/")
    try:
        rate = float(number) / _SECONDS_PER[unit or "s"]
    except (ValueError, KeyError):
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise ValueError(f"{text!r} is not a request rate: write N, N/s, N/m or N/h")
    return rate


class RateLimiter:
    """Spaces requests evenly. Thread-safe."""

    def __init__(self, rate: float | None) -> None:
        """Allow ``rate`` requests per second; None means no limit."""
        self._gap = 0.0 if rate is None else 1 / rate
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            due = max(now, self._next)
            self._next = due + self._gap
        time.sleep(due - now)


def retry_after(value: str | None, date: str | None = None) -> float:
    """Return the seconds that a Retry-After header asks to wait (RFC 9110 section 10.2.3).

    The result is 1 if the header is missing or malformed, and 0 for a date in the past.

    Args:
        value: the header's value: seconds or a date.
        date: the Date header of the same response, since the clock of the target may differ. A date without a zone is
            in UTC.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
        return float(text)
    due = time_of(text)
    if due is None:
        return _DEFAULT_RETRY_AFTER
    return max(0.0, (due - (time_of(date or "") or datetime.now(UTC))).total_seconds())
