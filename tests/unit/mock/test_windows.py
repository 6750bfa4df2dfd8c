"""Usage windows: resets when periods end, and changes of duration and alignment."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from mock_api import LEGAL, PLATFORM, RESEARCH, SUPPORT, Api, Clock

from mock_server.contract.document import Contract

pytestmark = pytest.mark.usefixtures("store_url")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_rolling_budget_advances_by_whole_durations(api: Api, clock: Clock) -> None:
    clock.now = instant("2026-06-19T09:59:59.999999+00:00")
    assert api.unit(SUPPORT)["budget"]["current_usage"] == 702.18
    clock.now = instant("2026-07-04T00:00:00+00:00")
    budget = api.unit(SUPPORT)["budget"]
    assert (budget["current_usage"], budget["last_reset"]) == (0, "2026-07-03T10:00:00.000000Z")
    assert budget["updated_at"] == "2026-06-15T00:00:00.000000Z"


def test_an_aligned_budget_resets_at_the_calendar_boundary(api: Api, clock: Clock) -> None:
    clock.now = instant("2026-06-30T23:59:59.999999+00:00")
    assert api.unit(PLATFORM)["budget"]["current_usage"] == 6184.37
    clock.now = instant("2026-07-01T00:00:00+00:00")
    budget = api.unit(PLATFORM)["budget"]
    assert (budget["current_usage"], budget["last_reset"]) == (0, "2026-07-01T00:00:00.000000Z")


def test_tokens_and_requests_reset_separately(api: Api, clock: Clock) -> None:
    clock.advance(seconds=30)
    limit = api.unit(PLATFORM)["rate_limit"]
    assert (limit["request_current_usage"], limit["request_last_reset"]) == (0, "2026-06-17T09:30:30.000000Z")
    assert (limit["token_current_usage"], limit["token_last_reset"]) == (1893204, "2026-06-17T09:00:00.000000Z")


def test_an_unset_counter_never_resets(api: Api, clock: Clock) -> None:
    clock.advance(days=30)
    limit = api.unit(RESEARCH)["rate_limit"]
    assert (limit["token_current_usage"], limit["token_last_reset"]) == (0, "2026-06-17T09:00:00.000000Z")


def test_a_duration_below_a_microsecond_is_handled(api: Api, clock: Clock) -> None:
    api.put(LEGAL, {"budget": {"max_limit": 1, "reset_duration": "1ns"}})
    clock.advance(hours=1)
    assert api.unit(LEGAL)["budget"]["last_reset"] == "2026-06-17T10:30:00.000000Z"


def test_an_update_resets_a_period_that_has_ended(api: Api, clock: Clock) -> None:
    clock.advance(days=365)
    assert api.put(SUPPORT, {"budget": {"max_limit": 1}})["budget"]["current_usage"] == 0


@pytest.mark.parametrize("duration", ["1h", "1d", "1Y", "1ns"])
def test_a_new_duration_keeps_usage_and_last_reset(api: Api, duration: str) -> None:
    old = api.unit(SUPPORT)["budget"]
    new = api.put(SUPPORT, {"budget": {"reset_duration": duration}})["budget"]
    assert (new["current_usage"], new["last_reset"], new["id"]) == (702.18, old["last_reset"], old["id"])
    assert api.unit(SUPPORT)["budget"] == new, "the next read agrees"


def test_a_new_duration_that_is_overdue_counts_from_the_change(api: Api, clock: Clock) -> None:
    api.put(SUPPORT, {"budget": {"reset_duration": "1h"}})
    clock.advance(minutes=59)
    assert api.unit(SUPPORT)["budget"]["current_usage"] == 702.18
    clock.advance(minutes=1)
    assert api.unit(SUPPORT)["budget"]["current_usage"] == 0


def test_a_new_duration_that_is_not_overdue_counts_from_the_last_reset(api: Api, clock: Clock) -> None:
    api.put(SUPPORT, {"budget": {"reset_duration": "6d"}})
    clock.now = instant("2026-06-18T10:00:00+00:00")
    assert api.unit(SUPPORT)["budget"]["last_reset"] == "2026-06-18T10:00:00.000000Z"


@pytest.mark.parametrize(
    ("change", "period"),
    [
        ({}, "2026-06-15"),
        ({"reset_duration": "1d"}, "2026-06-17"),
        ({"reset_duration": "3M"}, "2026-06-01"),
        ({"reset_duration": "1Y", "max_limit": 5}, "2026-01-01"),
    ],
)
def test_enabling_alignment_starts_the_calendar_period(api: Api, change: dict[str, Any], period: str) -> None:
    before = api.unit(SUPPORT)["budget"]
    after = api.put(SUPPORT, {"budget": {"calendar_aligned": True, **change}})["budget"]
    assert (after["current_usage"], after["last_reset"]) == (0, f"{period}T00:00:00.000000Z")
    assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])


@pytest.mark.parametrize("aligned", [True, None, False])
def test_only_enabling_alignment_resets_usage(api: Api, aligned: bool | None) -> None:
    before = api.unit(PLATFORM)["budget"]
    after = api.put(PLATFORM, {"budget": {"max_limit": 9, "calendar_aligned": aligned}})["budget"]
    assert (after["current_usage"], after["last_reset"]) == (before["current_usage"], before["last_reset"])
    assert after["calendar_aligned"] is (aligned is not False)


def test_a_new_aligned_budget_starts_with_the_period(api: Api) -> None:
    budget = {"max_limit": 1, "reset_duration": "1w", "calendar_aligned": True}
    assert api.put(LEGAL, {"budget": budget})["budget"]["last_reset"] == "2026-06-15T00:00:00.000000Z"


def test_another_edition_keeps_usage_when_alignment_is_enabled(
    start: Callable[[Contract], Api], changed: Callable[[Callable[[Any], None]], Contract], clock: Clock
) -> None:
    def keep(document: Any) -> None:
        rules = document["components"]["schemas"]["UpdateBudgetRequest"]["properties"]["calendar_aligned"]
        rules["x-calendar-alignment"] = {"units": ["w", "M"], "on_enable": "keep-usage"}

    api = start(changed(keep))
    assert api.put(SUPPORT, {"budget": {"calendar_aligned": True}})["budget"]["current_usage"] == 702.18
    assert api.unit(SUPPORT)["budget"]["current_usage"] == 702.18
    clock.now = instant("2026-06-22T00:00:00+00:00")
    assert api.unit(SUPPORT)["budget"]["current_usage"] == 0
    refused = api.put(LEGAL, {"budget": {"max_limit": 1, "reset_duration": "1d", "calendar_aligned": True}}, status=400)
    assert refused["error"]["message"] == "calendar_aligned needs a reset_duration in weeks or months, got: 1d"
