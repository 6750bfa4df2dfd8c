"""The simulated clock, and usage that grows by it: windows end as real ones do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from controlled import START, Controlled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mock_api import PLATFORM, RESEARCH, SUPPORT, UNITS, Clock


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_clock_is_real_until_it_is_changed(mock: Controlled, real_clock: Clock) -> None:
    real_clock.advance(seconds=5)
    shown = mock.control("GET", "/clock")
    assert (instant(shown["now"]), shown["frozen"], shown["speed"]) == (START + timedelta(seconds=5), False, 1)


def test_a_clock_is_set_advanced_frozen_and_fast(mock: Controlled, real_clock: Clock) -> None:
    assert mock.control("PATCH", "/clock", {"now": "2028-02-29T23:59:59+01:00"})["now"] == "2028-02-29T22:59:59.000000Z"
    real_clock.advance(seconds=1)
    assert mock.control("POST", "/clock/advance", {"duration": "1h30m"})["now"] == "2028-03-01T00:30:00.000000Z"
    mock.control("PATCH", "/clock", {"speed": 60})
    real_clock.advance(seconds=2)
    assert mock.control("PATCH", "/clock", {"frozen": True})["now"] == "2028-03-01T00:32:00.000000Z"
    real_clock.advance(days=2)
    assert mock.control("GET", "/clock") == {"now": "2028-03-01T00:32:00.000000Z", "frozen": True, "speed": 60}
    mock.control("DELETE", "/clock")
    assert instant(mock.control("GET", "/clock")["now"]) == real_clock.now


def test_changes_bear_the_simulated_time(mock: Controlled) -> None:
    mock.control("PATCH", "/clock", {"now": "2030-01-01T00:00:00Z", "frozen": True})
    unit = mock.unit(mock.create("Later"))
    assert unit["created_at"] == "2030-01-01T00:00:00.000000Z"


def test_a_clock_ends_with_the_calendar(mock: Controlled, real_clock: Clock) -> None:
    mock.control("PATCH", "/clock", {"now": "9999-12-29T00:00:00Z", "speed": 1000000})
    real_clock.advance(days=365)
    assert mock.control("GET", "/clock")["now"] == "9999-12-30T00:00:00.000000Z"
    assert mock.unit(PLATFORM)["budget"]["current_usage"] == 0
    assert mock.refused("POST", "/clock/advance", {"duration": "200Y"})["message"].startswith("the clock")
    mock.refused("PATCH", "/clock", {"now": "1969-12-31T23:59:59Z"})


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/clock/advance", {"duration": "1 hour"}, "/duration"),
        ("/clock/advance", {"duration": "-1h"}, "/duration"),
        ("/clock/advance", {"duration": 3600}, "/duration"),
        ("/clock/advance", {"duration": f"1{'0' * 5000}d"}, "/duration"),
        ("/clock/advance", {}, ""),
    ],
)
def test_a_bad_duration_is_refused(mock: Controlled, path: str, body: Any, pointer: str) -> None:
    assert mock.refused("POST", path, body)["pointer"] == pointer


def test_a_unit_of_the_last_moment_of_the_calendar_can_be_changed(mock: Controlled) -> None:
    last = "9999-12-31T23:59:59.999999Z"
    mock.control("PUT", "/state", {"business_units": [{"id": "one", "name": "One", "created_at": last}]})
    assert mock.put("one", {"budget": {"max_limit": 5, "reset_duration": "1h"}})["budget"]["max_limit"] == 5


_NO_TIMES = ["tomorrow", "2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"]


@pytest.mark.parametrize(
    "body", [{}, {"speed": 0}, {"speed": -1}, *({"now": text} for text in _NO_TIMES), {"frozen": 1}, {"zone": "x"}]
)
def test_a_bad_change_of_the_clock_is_refused(mock: Controlled, body: Any) -> None:
    before = mock.control("GET", "/clock")
    mock.refused("PATCH", "/clock", body)
    assert mock.control("GET", "/clock") == before


def test_spending_adds_to_the_current_window(mock: Controlled) -> None:
    before = mock.unit(PLATFORM)
    shown = mock.control("POST", f"/units/{PLATFORM}/spend", {"dollars": 0.1, "tokens": 5, "requests": 2})
    assert shown == mock.unit(PLATFORM)
    assert shown["budget"]["current_usage"] == 6184.47
    for kind, more in (("token", 5), ("request", 2)):
        name = f"{kind}_current_usage"
        assert shown["rate_limit"][name] == before["rate_limit"][name] + more
    assert shown["updated_at"] == before["updated_at"]


def test_spending_of_what_a_unit_does_not_count_is_refused(mock: Controlled) -> None:
    before = mock.unit(RESEARCH)
    error = mock.refused("POST", f"/units/{RESEARCH}/spend", {"requests": 1, "dollars": 1}, status=409)
    assert error == {"message": "the unit has no budget, which would count dollars", "pointer": "/dollars"}
    assert mock.unit(RESEARCH) == before
    mock.refused("POST", "/units/nobody/spend", {"dollars": 1}, status=404)


def test_usage_ends_at_the_largest_count(mock: Controlled) -> None:
    document = {"business_units": [{"id": "x", "name": "x", "rate_limit": LIMIT}]}
    mock.control("PUT", "/state", document)
    shown = mock.control("POST", "/units/x/spend", {"tokens": 1e12})
    assert shown["rate_limit"]["token_current_usage"] == 2**63 - 1


LIMIT = {"token_max_limit": 1, "token_reset_duration": "1Y", "token_current_usage": 2**63 - 2}


def test_a_meter_counts_simulated_time(mock: Controlled, real_clock: Clock) -> None:
    mock.control("PUT", f"/units/{PLATFORM}/meter", {"dollars": 2, "tokens": 90, "requests": 1})
    assert mock.control("GET", "/meters")["meters"] == {PLATFORM: {"dollars": 2, "tokens": 90, "requests": 1}}
    before = mock.unit(PLATFORM)["rate_limit"]["token_current_usage"]
    real_clock.advance(seconds=30)
    shown = mock.unit(PLATFORM)
    assert shown["budget"]["current_usage"] == 6185.37
    assert shown["rate_limit"]["token_current_usage"] == before + 45
    mock.control("DELETE", f"/units/{PLATFORM}/meter")
    real_clock.advance(seconds=30)
    assert mock.budget(PLATFORM)["current_usage"] == 6185.37
    mock.refused("DELETE", f"/units/{PLATFORM}/meter", status=404)


def test_a_meter_goes_on_after_the_clock_was_set_back(mock: Controlled, real_clock: Clock) -> None:
    mock.control("PUT", f"/units/{SUPPORT}/meter", {"dollars": 60})
    mock.control("POST", "/clock/advance", {"duration": "1h"})
    before = mock.budget(SUPPORT)["current_usage"]
    mock.control("PATCH", "/clock", {"now": START.isoformat()})
    real_clock.advance(minutes=2)
    assert mock.budget(SUPPORT)["current_usage"] == pytest.approx(before + 120)


def test_an_update_and_a_list_see_what_was_metered(mock: Controlled, real_clock: Clock) -> None:
    mock.control("PUT", f"/units/{SUPPORT}/meter", {"dollars": 60})
    real_clock.advance(minutes=1)
    assert mock.put(SUPPORT, {"budget": {"max_limit": 5}})["budget"]["current_usage"] == 762.18
    real_clock.advance(minutes=1)
    [exported] = [unit for unit in mock.control("GET", "/state")["business_units"] if unit["id"] == SUPPORT]
    assert (exported["budget"]["current_usage"], exported["meter"]) == (822.18, {"dollars": 60})
    mock.call("DELETE", f"{UNITS}/{SUPPORT}")
    real_clock.advance(minutes=1)
    assert mock.call("GET", f"{UNITS}/{SUPPORT}").status_code == 404


def test_a_request_from_before_a_reset_meters_nothing_after_it(
    mock: Controlled, controlled_app: Any, real_clock: Clock
) -> None:
    mock.control("PUT", f"/units/{PLATFORM}/meter", {"dollars": 1000})
    meters = controlled_app.extensions["sandboxes"].main.meters
    mock.control("POST", "/reset")
    before = mock.budget(PLATFORM)
    real_clock.advance(minutes=1)
    meters.settle(PLATFORM)  # as a request does that has read the meters before
    assert mock.budget(PLATFORM) == before


def test_a_clock_that_is_set_back_counts_nothing_twice(mock: Controlled) -> None:
    mock.control("PATCH", "/clock", {"frozen": True})
    mock.control("PUT", f"/units/{SUPPORT}/meter", {"dollars": 60})
    mock.control("POST", "/clock/advance", {"duration": "1m"})
    mock.control("PATCH", "/clock", {"now": START.isoformat()})
    assert mock.budget(SUPPORT)["current_usage"] == 762.18
    mock.control("POST", "/clock/advance", {"duration": "1m"})
    assert mock.budget(SUPPORT)["current_usage"] == 822.18


def start_of_period(day: date, unit: str) -> date:
    """Return the first day of a calendar period, in another way than the mock."""
    return {
        "d": day,
        "w": date.fromisocalendar(*day.isocalendar()[:2], 1),
        "M": date(day.year, day.month, 1),
        "Y": date(day.year, 1, 1),
    }[unit]


LENGTHS = {"30s": 30, "7m": 420, "1h30m": 5400, "36h": 129600, "1d": 86400, "2w": 1209600, "1M": 2592000}
LENGTHS |= {"1Y": 31536000}
EDGES = ["2027-12-31T23:59:00", "2028-02-28T23:30:00", "2028-02-29T12:00:00", "2100-02-28T23:59:59", "2027-04-30T22:00"]
STEPS = st.sampled_from([1, 59, 60, 3600, 86399, 86400, 86401, 7 * 86400, 31 * 86400, 366 * 86400]) | st.integers(
    1, 10**6
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edge=st.sampled_from(EDGES),
    aligned=st.sampled_from([None, "d", "w", "M", "Y"]),
    duration=st.sampled_from(list(LENGTHS)),
    rate=st.sampled_from([0, 0.01, 0.333, 2, 1e6]),
    steps=st.lists(st.tuples(STEPS, st.booleans()), min_size=1, max_size=8),
)
def test_metered_usage_is_that_of_the_current_window(
    mock: Controlled, edge: str, aligned: str | None, duration: str, rate: float, steps: list[tuple[int, bool]]
) -> None:
    now = begin = instant(f"{edge}+00:00")
    mock.control("PATCH", "/clock", {"now": begin.isoformat(), "frozen": True})
    duration = f"1{aligned}" if aligned else duration
    budget = {"max_limit": 9, "reset_duration": duration, "calendar_aligned": bool(aligned), "current_usage": 5}
    mock.control("PUT", "/state", {"business_units": [{"id": "x", "name": "x", "budget": budget}]})
    mock.control("PUT", "/units/x/meter", {"dollars": rate})
    for seconds, is_read in [*steps[:-1], (steps[-1][0], True)]:
        now += timedelta(seconds=seconds)
        mock.control("POST", "/clock/advance", {"duration": f"{seconds}s"})
        if not is_read:
            continue
        if aligned:
            first = start_of_period(now.date(), aligned)
            last_reset = datetime(first.year, first.month, first.day, tzinfo=UTC)
            is_first = first == start_of_period(begin.date(), aligned)
        else:
            periods = int((now - begin).total_seconds()) // LENGTHS[duration]
            last_reset, is_first = begin + timedelta(seconds=periods * LENGTHS[duration]), periods == 0
        elapsed = int((now - max(last_reset, begin)).total_seconds())
        expected = (5 if is_first else 0) + Fraction(str(rate)) * elapsed / 60
        shown = mock.budget("x")
        assert instant(shown["last_reset"]) == last_reset
        assert abs(Fraction(str(shown["current_usage"])) - expected) <= max(Fraction(1, 10**6), expected / 10**14)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate=st.sampled_from([0.1, 1, 7, 59, 61]), steps=st.lists(st.integers(1, 300), min_size=1, max_size=12))
def test_reading_a_meter_often_changes_nothing(mock: Controlled, rate: float, steps: list[int]) -> None:
    mock.control("PATCH", "/clock", {"now": "2027-05-05T00:00:00Z", "frozen": True})
    limit = {"token_max_limit": 9, "token_reset_duration": "1d"}
    units = [{"id": name, "name": name, "rate_limit": limit, "meter": {"tokens": rate}} for name in ("often", "once")]
    mock.control("PUT", "/state", {"business_units": units})
    for seconds in steps:
        mock.control("POST", "/clock/advance", {"duration": f"{seconds}s"})
        often = mock.unit("often")["rate_limit"]["token_current_usage"]
    assert often == mock.unit("once")["rate_limit"]["token_current_usage"] == int(Fraction(str(rate)) * sum(steps) / 60)
