"""The progress of a run: a line that is rewritten on a terminal, or a few lines about a slow target in a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..results.reporting.view import duration

_BETWEEN_UPDATES = 0.2
_BEFORE_ESTIMATE = 3.0
_SHARE_BEFORE_ESTIMATE = 0.1
_BEFORE_NOTICE = 15.0
_LONG = 60.0
CLEAR = "\r\x1b[K"
"""Clears the line of a terminal (ECMA-48)."""


def is_terminal(reporter: Any) -> bool:
    """Whether pytest's terminal reporter writes to a terminal. Its ``isatty`` is a method from pytest 9 on."""
    is_tty = reporter.isatty
    return bool(is_tty() if callable(is_tty) else is_tty)


class Progress:
    """Tells how many tests ran and how long the rest will take."""

    def __init__(
        self,
        *,
        rewrites: bool,
        has_rate_limit: bool = False,
        max_time: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start without tests.

        Args:
            rewrites: whether the line can be rewritten, as on a terminal.
            has_rate_limit: whether the user limits the rate of requests.
            max_time: the time limit of the tests in seconds; None if there is none.
            clock: returns the time in seconds.
        """
        self.rewrites = rewrites
        self._advice = "--quick, -n and a higher --rate-limit" if has_rate_limit else "--quick and -n"
        self._max_time = float("inf") if max_time is None else max_time
        self.total = 0
        """The number of tests of the run; 0 until they are collected."""
        self._clock = clock
        self._began = clock()
        self._done = 0
        self._shown = float("-inf")
        self._next_share = _SHARE_BEFORE_ESTIMATE
        """The share of the tests after which a log gets the next line."""

    def finished_one(self) -> str:
        """Count a test; return the text to write now, which is empty if there is nothing new to tell."""
        self._done += 1
        now = self._clock()
        if not self.total or self._done > self.total:
            return ""
        if self.rewrites:
            if now - self._shown < _BETWEEN_UPDATES:
                return ""
            self._shown = now
            return f"{CLEAR}{self._line(now)}"
        if now - self._began < _BEFORE_NOTICE or self._left(now) < _LONG:
            return ""
        if self._done < self.total * self._next_share:
            return ""
        advice = f"; {self._advice} shorten it" if self._next_share == _SHARE_BEFORE_ESTIMATE else ""
        self._next_share = 2 * self._done / self.total  # the estimate is better then
        return f"\n{self._line(now)}{advice}\n"

    def _line(self, now: float) -> str:
        text = f"{self._done * 100 // self.total:3}%  {self._done} of {self.total} tests"
        if now - self._began < _BEFORE_ESTIMATE or self._done < self.total * _SHARE_BEFORE_ESTIMATE:
            return text
        left = round(self._left(now))
        return f"{text}, about {f'{left} s' if left < _LONG else duration(left)} left"

    def _left(self, now: float) -> float:
        """Return how many seconds the tests will take from now on, which the time limit may end."""
        elapsed = now - self._began
        return min(elapsed / self._done * (self.total - self._done), max(0.0, self._max_time - elapsed))
