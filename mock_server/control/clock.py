"""Simulated time: a clock that can be set, advanced, frozen and made faster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from mock_server.control.errors import ControlError
from mock_server.domain.periods import DurationError, nanoseconds
from mock_server.sandbox import Clock

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""A day before the last one that can be written, so that no calculation leaves the calendar."""


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """Shows `start` when the real clock shows `began`, and runs `speed` times as fast from there. It ends at LATEST."""

    real: Clock
    began: datetime
    start: datetime
    speed: float = 1
    frozen: bool = False

    def __call__(self) -> datetime:
        """Return the simulated time."""
        if self.frozen:
            return self.start
        try:
            return min(self.start + (self.real() - self.began) * self.speed, LATEST)
        except OverflowError:
            return LATEST

    def restarted(self) -> SimulatedClock:
        """Return a clock that goes on from `start` now, as after a pause."""
        return replace(self, began=self.real())


def changed(
    clock: Clock, real: Clock, now: datetime | None = None, frozen: bool | None = None, speed: float | None = None
) -> SimulatedClock:
    """Return a clock that continues another one, with what is given changed. A time is an aware datetime.

    Raises:
        ControlError: the time is outside the years 1970 to 9999.
    """
    began = real()
    if not isinstance(clock, SimulatedClock):
        clock = SimulatedClock(real, began, clock())
    start = clock() if now is None else now.astimezone(UTC)
    if not EARLIEST <= start <= LATEST:
        message = f"the clock runs from {EARLIEST:%Y-%m-%d} to {LATEST:%Y-%m-%d}"
        raise ControlError(HTTPStatus.BAD_REQUEST, message, None if now is None else "/now")
    return SimulatedClock(
        real, began, start, clock.speed if speed is None else speed, clock.frozen if frozen is None else frozen
    )


def later(instant: datetime, duration: str) -> datetime:
    """Return the instant a duration later. A month is 30 days, as in windows without alignment.

    Raises:
        ControlError: the text is not a duration of the contract, or the time is outside the years 1970 to 9999.
    """
    try:
        return instant + timedelta(microseconds=nanoseconds(duration) // 1000)
    except DurationError as error:
        raise ControlError(HTTPStatus.BAD_REQUEST, str(error), "/duration") from None
    except OverflowError:
        raise ControlError(HTTPStatus.BAD_REQUEST, f"the clock ends at {LATEST:%Y-%m-%d}", "/duration") from None
