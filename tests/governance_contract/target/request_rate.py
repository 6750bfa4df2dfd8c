"""How fast the checks may go, and for how long."""

from __future__ import annotations

import threading
import time
from email.utils import parsedate_to_datetime

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def parse_rate(text: str) -> float:
    """Return requests per second from ``N``, ``N/s``, ``N/m`` or ``N/h``.

    Raises:
        ValueError: it is none of these, or not more than zero.
    """
    number, _, unit = text.partition("/")
    try:
        rate = float(number) / _UNITS[unit or "s"]
    except (ValueError, KeyError):
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise ValueError(f"{text!r} is no rate of requests: write N, N/s, N/m or N/h")
    return rate


class Pace:
    """Spaces requests evenly; safe under threads."""

    def __init__(self, rate: float | None) -> None:
        """Allow ``rate`` requests in a second, or any number where it is None."""
        self._gap = 0.0 if rate is None else 1 / rate
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until the next request may go."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            due = max(now, self._next)
            self._next = due + self._gap
        time.sleep(due - now)


def retry_after(value: str | None, now: float) -> float:
    """Return the seconds that a Retry-After asks for (RFC 9110 section 10.2.3); a second where it says nothing.

    Args:
        value: a number of seconds, or a date.
        now: the time in seconds since the epoch.
    """
    if value is None:
        return 1.0
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except ValueError:
        return 1.0
