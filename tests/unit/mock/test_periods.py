"""Durations and calendar periods."""

from datetime import UTC, datetime

import pytest

from mock_server.domain.periods import MAX_NANOSECONDS, DurationError, calendar_start, nanoseconds, period_end

SECOND = 10**9
HOUR = 3600 * SECOND


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1ns", 1),
        ("1µs", 1000),
        ("1us", 1000),
        ("2ms", 2 * 10**6),
        ("30s", 30 * SECOND),
        ("5m", 300 * SECOND),
        ("6h", 6 * HOUR),
        ("1h30m", 5400 * SECOND),
        ("1m30s", 90 * SECOND),
        ("1d", 24 * HOUR),
        ("+1d", 24 * HOUR),
        ("1.5d", 36 * HOUR),
        (".5w", 84 * HOUR),
        ("2w", 336 * HOUR),
        ("1M", 720 * HOUR),
        ("3M", 2160 * HOUR),
        ("1Q", 2160 * HOUR),
        ("1Y", 8760 * HOUR),
        ("10Y", 87600 * HOUR),
        ("292Y", 292 * 8760 * HOUR),
        ("9223372036854775807ns", MAX_NANOSECONDS),
    ],
)
def test_duration_is_read(text: str, length: int) -> None:
    assert nanoseconds(text) == length


@pytest.mark.parametrize(
    "text",
    [
        *("", "d", "M", ".", ".d", "60", "0", "0s", "0d", "-1h", "-1d", "1D", "1W", "1y", "1q", " 1d", "1 d", "1d "),
        *("1d\n", "1d12h", "1mM", "daily", "monthly", "P1M", "1mo", "1month", "1e3s", "0x1s", "\u0661h", "0.1ns"),
        *("293Y", "9223372036854775808ns", "9" * 49 + "d"),
    ],
)
def test_an_invalid_duration_is_refused(text: str) -> None:
    with pytest.raises(DurationError):
        nanoseconds(text)


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        ("2026-02-05T13:30", {"d": "2026-02-05", "w": "2026-02-02", "M": "2026-02-01", "Q": "2026-01-01"}),
        ("2026-03-01T00:00", {"d": "2026-03-01", "w": "2026-02-23", "M": "2026-03-01", "Q": "2026-01-01"}),
        ("2026-01-01T00:00", {"d": "2026-01-01", "w": "2025-12-29", "M": "2026-01-01", "Q": "2026-01-01"}),
        ("2026-03-08T23:59:59", {"d": "2026-03-08", "w": "2026-03-02", "M": "2026-03-01", "Q": "2026-01-01"}),
        ("2026-12-31T23:59:59.999999", {"w": "2026-12-28", "M": "2026-12-01", "Q": "2026-10-01", "Y": "2026-01-01"}),
        ("2028-02-29T12:00", {"d": "2028-02-29", "w": "2028-02-28", "M": "2028-02-01", "Y": "2028-01-01"}),
    ],
)
def test_period_start(now: str, starts: dict[str, str]) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    for unit, expected in starts.items():
        for duration in (f"1{unit}", f"3{unit}"):  # the number is ignored
            assert calendar_start(instant, duration) == datetime.fromisoformat(expected).replace(tzinfo=UTC), duration


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-02-05T13:30", {"d": "2026-02-06", "w": "2026-02-09", "M": "2026-03-01", "Q": "2026-04-01"}),
        ("2026-12-31T23:59:59", {"d": "2027-01-01", "M": "2027-01-01", "Q": "2027-01-01", "Y": "2027-01-01"}),
        ("2028-01-01T00:00", {"d": "2028-01-02", "w": "2028-01-03", "M": "2028-02-01", "Y": "2029-01-01"}),
    ],
)
def test_period_end(now: str, ends: dict[str, str]) -> None:
    for unit, expected in ends.items():
        end = period_end(datetime.fromisoformat(now).replace(tzinfo=UTC), f"1{unit}")
        assert end == datetime.fromisoformat(expected).replace(tzinfo=UTC), unit


@pytest.mark.parametrize("duration", ["1h", "1d", "1w", "1M", "1Q", "1Y"])
def test_no_period_ends_after_the_year_9999(duration: str) -> None:
    assert period_end(datetime(9999, 12, 31, 12, tzinfo=UTC), duration) is None


def test_a_duration_without_calendar_unit_has_no_period() -> None:
    now = datetime(2026, 2, 5, 13, 30, tzinfo=UTC)
    assert calendar_start(now, "1h") == now
