"""Whether a usage window may have ended, lengths of durations, and the starts of periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from governance_contract.contract.calendar import clock_length, may_have_ended, starts_near

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("duration", "began", "aligned", "over"),
    [
        ("1M", datetime(2026, 11, 1, tzinfo=UTC), True, False),
        ("1d", datetime(2026, 11, 1, tzinfo=UTC), True, True),
        ("1w", datetime(2026, 11, 23, tzinfo=UTC), True, False),
        ("1d", NOW - timedelta(days=2), False, True),
        ("3d", NOW - timedelta(days=2), False, False),
        ("1M", NOW - timedelta(days=27), False, False),
        ("1h", NOW, False, True),
        ("1Y", None, False, False),
        ("9" * 30 + "Y", NOW, False, False),
        ("", NOW, False, True),
    ],
)
def test_a_window_may_have_ended(duration: str, began: datetime | None, aligned: bool, over: bool) -> None:
    assert may_have_ended(duration, began, NOW, aligned=aligned) is over


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1h", 3600 * 10**9),
        ("60m", 3600 * 10**9),
        ("1h0m0s", 3600 * 10**9),
        ("1.5h", 5400 * 10**9),
        (".5s", 5 * 10**8),
        ("1.s", 10**9),
        ("3µs", 3000),
        ("2ms", 2 * 10**6),
        ("1d", None),
        ("1w", None),
        ("1h1d", None),
        ("", None),
        (None, None),
    ],
)
def test_the_length_of_a_duration_in_clock_units(text: str | None, nanoseconds: int | None) -> None:
    assert clock_length(text) == nanoseconds


@pytest.mark.parametrize(
    ("time_unit", "now", "starts"),
    [
        ("d", "2026-03-01T00:01", ["2026-02-28", "2026-03-01"]),
        ("w", "2026-03-08T12:00", ["2026-03-02"]),
        ("M", "2026-02-28T23:59", ["2026-02-01", "2026-03-01"]),
        ("Q", "2026-12-31T12:00", ["2026-10-01"]),
        ("Y", "2028-02-29T12:00", ["2028-01-01"]),
    ],
)
def test_periods_that_may_be_the_current_one(time_unit: str, now: str, starts: list[str]) -> None:
    found = starts_near(time_unit, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert sorted(moment.date().isoformat() for moment in found) == starts
    assert all(moment.time().isoformat() == "00:00:00" for moment in found)
