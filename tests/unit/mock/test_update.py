"""Updates of governance: changed fields, unchanged fields and refused requests."""

from datetime import UTC, datetime
from typing import Any

import pytest
from mock_api import KEY, LEGAL, PLATFORM, RESEARCH, SUPPORT, UNITS, Api, Clock

from mock_server.app import create_app
from mock_server.contract.document import Contract

pytestmark = pytest.mark.usefixtures("store_url")

BUDGET = {"max_limit": 10, "reset_duration": "1d"}
TOKENS = {"token_max_limit": 5, "token_reset_duration": "1h"}


def without(entity: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in entity.items() if name not in names}


def test_only_supplied_fields_change(api: Api, clock: Clock) -> None:
    before = api.put(PLATFORM, {})
    clock.advance(seconds=1)
    after = api.put(PLATFORM, {"budget": {"max_limit": 15000}})
    assert after["budget"]["max_limit"] == 15000
    assert without(after["budget"], "max_limit", "updated_at") == without(before["budget"], "max_limit", "updated_at")
    assert after["rate_limit"] == before["rate_limit"]
    assert without(after, "budget", "updated_at") == without(before, "budget", "updated_at")
    assert after["updated_at"] == after["budget"]["updated_at"] > before["updated_at"]


def test_an_update_without_components_changes_nothing(api: Api, clock: Clock) -> None:
    before = api.state()
    clock.advance(seconds=1)
    for body in ({}, {"unknown": 1}, {"budget": {"calendar_aligned": None}}, {"rate_limit": {"unknown": 1}}):
        api.put(PLATFORM, body)
    assert api.state() == before


@pytest.mark.parametrize(("removed", "kept"), [("budget", "rate_limit"), ("rate_limit", "budget")])
def test_an_empty_object_removes_only_that_component(api: Api, removed: str, kept: str) -> None:
    before = api.put(PLATFORM, {})
    after = api.put(PLATFORM, {removed: {}})
    assert {removed, f"{removed}_id"} & after.keys() == set()
    assert after[kept] == before[kept]
    assert removed not in api.unit(PLATFORM)
    assert after["updated_at"] > before["updated_at"]


def test_removing_an_absent_component_changes_nothing(api: Api) -> None:
    before = api.state()
    api.put(LEGAL, {"budget": {}, "rate_limit": {}})
    assert api.state() == before


def test_a_recreated_component_is_new(api: Api) -> None:
    old = api.unit(PLATFORM)
    api.put(PLATFORM, {"budget": {}, "rate_limit": {}})
    new = api.put(PLATFORM, {"budget": BUDGET, "rate_limit": TOKENS})
    assert new["budget"]["id"] != old["budget"]["id"]
    assert new["rate_limit"]["id"] != old["rate_limit"]["id"]
    assert (new["budget"]["current_usage"], new["rate_limit"]["token_current_usage"]) == (0, 0)
    assert (new["budget_id"], new["rate_limit_id"]) == (new["budget"]["id"], new["rate_limit"]["id"])


def test_a_new_rate_limit_shows_only_the_limits_that_are_set(api: Api) -> None:
    limit = api.put(LEGAL, {"rate_limit": TOKENS})["rate_limit"]
    assert {"request_max_limit", "request_reset_duration"} & limit.keys() == set()
    assert (limit["request_current_usage"], limit["config_hash"]) == (0, "")
    assert limit["token_last_reset"] == limit["request_last_reset"] == limit["created_at"]


def test_a_rate_limit_is_merged_with_the_existing_one(api: Api) -> None:
    before = api.unit(PLATFORM)["rate_limit"]
    after = api.put(PLATFORM, {"rate_limit": {"request_max_limit": 7}})["rate_limit"]
    assert after["request_max_limit"] == 7
    assert without(after, "request_max_limit", "updated_at") == without(before, "request_max_limit", "updated_at")


@pytest.mark.parametrize("component", ["budget", "rate_limit"])
def test_updated_at_is_later_than_that_of_each_component(contract: Contract, store_url: str, component: str) -> None:
    later = {"updated_at": "2031-01-01T00:00:00Z"}
    budget = {"max_limit": 5, "reset_duration": "1d"}
    unit = {"id": "x", "name": "X", "budget": budget, "rate_limit": {}}
    seed = {"business_units": [{**unit, component: {**unit[component], **later}}]}
    app = create_app(contract, [KEY], store_url, seed=seed, clock=Clock(datetime(2030, 1, 1, tzinfo=UTC)))
    assert Api(app).put("x", {"budget": {"max_limit": 6}})["updated_at"] == "2031-01-01T00:00:00.000001Z"
    app.extensions["store"].close()


def test_updated_at_increases_within_the_same_microsecond(api: Api) -> None:
    stamps = [api.put(LEGAL, {"budget": BUDGET})["updated_at"] for _ in range(5)]
    assert stamps == sorted(set(stamps))


NO_AMOUNTS: list[Any] = [0, -1, 0.0, "1", True, None, [], {}]
NO_DURATIONS: list[Any] = ["", "0s", "0d", "-1h", "293Y", "1 d", "1D", 60, None]
NO_COUNTS: list[Any] = [0, -1, 1.5, 2**63, 9.3e18, "1", False, None]
NO_OBJECTS: list[Any] = [None, [], "x", 1, True]
NO_SWITCHES: list[Any] = [0, 1, "true", {}]
HUGE = 10**400  # larger than a double
INCOMPLETE_BUDGETS: list[Any] = [
    *({"max_limit": 1}, {"reset_duration": "1d"}, {"calendar_aligned": True}, {"calendar_aligned": None}),
    {"unknown": 1},
]
NEEDS_BOTH = "both max_limit and reset_duration are required"
NEEDS_A_LIMIT = "token_max_limit or request_max_limit is required"
NEEDS_DAYS = "calendar_aligned needs a reset_duration in days"
REFUSED: list[tuple[str, str, Any]] = [
    *[(NEEDS_BOTH, LEGAL, {"budget": incomplete}) for incomplete in INCOMPLETE_BUDGETS],
    (NEEDS_A_LIMIT, LEGAL, {"rate_limit": {"token_reset_duration": "1h"}}),
    (NEEDS_A_LIMIT, LEGAL, {"rate_limit": {"unknown": 1}}),
    ("rate limit token reset duration is", LEGAL, {"rate_limit": {"token_max_limit": 1}}),
    ("rate limit token reset duration is", RESEARCH, {"rate_limit": {"token_max_limit": 1}}),
    ("rate limit request reset duration is", LEGAL, {"rate_limit": {**TOKENS, "request_max_limit": 1}}),
    ("rate limit request reset duration is", LEGAL, {"budget": BUDGET, "rate_limit": {"request_max_limit": 1}}),
    ("body.rate_limit.request_max_limit: 0 is", LEGAL, {"budget": BUDGET, "rate_limit": {"request_max_limit": 0}}),
    ("body.budget.max_limit: 1000", LEGAL, {"budget": {**BUDGET, "max_limit": HUGE}}),
    (NEEDS_DAYS, PLATFORM, {"budget": {"reset_duration": "1h"}}),
    (NEEDS_DAYS, SUPPORT, {"budget": {"reset_duration": "1h", "calendar_aligned": True}}),
    (NEEDS_DAYS, LEGAL, {"budget": {"max_limit": 1, "reset_duration": "24h", "calendar_aligned": True}}),
    *[("body.budget.max_limit: ", SUPPORT, {"budget": {"max_limit": bad}}) for bad in NO_AMOUNTS],
    *[("body.budget.reset_duration: ", SUPPORT, {"budget": {"reset_duration": bad}}) for bad in NO_DURATIONS],
    *[("body.rate_limit.token_max_limit: ", PLATFORM, {"rate_limit": {"token_max_limit": bad}}) for bad in NO_COUNTS],
    *[
        ("body.rate_limit.request_reset_duration: ", PLATFORM, {"rate_limit": {"request_reset_duration": bad}})
        for bad in ("", "0m", "292471209M", "1h30d")
    ],
    *[(f"body.{name}: ", PLATFORM, {name: bad}) for name in ("budget", "rate_limit") for bad in NO_OBJECTS],
    *[("body.budget.calendar_aligned: ", PLATFORM, {"budget": {"calendar_aligned": bad}}) for bad in NO_SWITCHES],
]


def test_a_refused_update_says_what_is_wrong_and_changes_nothing(api: Api) -> None:
    """One application serves all bodies, since its start takes longer than a refusal."""
    before, wrong = api.state(), []
    for reason, unit_id, body in REFUSED:
        response = api.call("PUT", f"{UNITS}/{unit_id}/governance", json=body)
        message = (response.json or {}).get("error", {}).get("message", "")
        if response.status_code != 400 or reason not in message or api.state() != before:
            wrong.append((response.status_code, message, body))
    assert wrong == []


@pytest.mark.parametrize("body", [{"budget": {"max_limit": 0}}, {"budget": {"reset_duration": "293Y"}}, []])
def test_the_body_is_checked_before_the_unit(api: Api, body: Any) -> None:
    api.put("nobody", body, status=400)
    assert api.put("nobody", {}, status=404)["error"]["message"] == "Business unit not found"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("12500", 12500),
        ("0.01", 0.01),
        ("1e-7", 1e-7),
        ("9007199254740993", 9007199254740993),
        ("1000000000000000000000000", 10**24),
        ("12500.0", 12500.0),
    ],
)
def test_amounts_keep_every_digit(api: Api, sent: str, shown: float) -> None:
    body = f'{{"budget": {{"max_limit": {sent}, "reset_duration": "1d"}}}}'
    response = api.call("PUT", f"{UNITS}/{LEGAL}/governance", data=body)
    amount = (response.json or {})["business_unit"]["budget"]["max_limit"]
    assert (amount, type(amount)) == (shown, type(shown))


@pytest.mark.parametrize(("sent", "shown"), [("9223372036854775807", 2**63 - 1), ("1e3", 1000), ("7.0", 7)])
def test_counts_are_whole_numbers(api: Api, sent: str, shown: int) -> None:
    body = f'{{"rate_limit": {{"token_max_limit": {sent}, "token_reset_duration": "1h"}}}}'
    response = api.call("PUT", f"{UNITS}/{LEGAL}/governance", data=body)
    limit = (response.json or {})["business_unit"]["rate_limit"]["token_max_limit"]
    assert (limit, type(limit)) == (shown, int)
