"""The bounds of the contract's schemas: what they permit, the mock accepts; what they exclude, the mock refuses."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_api import LEGAL, PLATFORM, UNITS, Api

from mock_server.contract.document import Contract, default_path, load
from mock_server.domain.periods import DurationError, nanoseconds

RESET_DURATION = load(default_path()).at("/components/schemas/ResetDuration")
PATTERN, LONGEST = re.compile(RESET_DURATION["pattern"]), RESET_DURATION["maxLength"]
PERMITTED = [
    *("30s", "1h30m", "1h0m0s", "0h30m", "0.5s", "1.5d", ".5w", "+1d", "007d", "1.h", "0.000000001s", ".001ms", "1us"),
    *("99999d", "9999w", "999M", "289Y", "289.999999Y", "100Y", "1M", "99999h", "9999999m", "999999999s", "1µs"),
]
ZERO = ["0d", "00h", "0.0s", ".0d", "0.M", "0Y", "0ns", "0h0m", "0.0000000000001s", "0.1ns", "+0d", "0" * 49 + "s"]
BEYOND = ["293Y", "9999M", "99999w", "999999d", "9999999h", "9223372036854775808ns", "9" * 49 + "s", "9" * 49 + "d"]
PARTS = st.builds(
    str.__add__, st.text("0123456789.", min_size=1, max_size=20), st.sampled_from([*"smhdwMY", "µs", "ns"])
)
ALIGNED = {"calendar_aligned": True}
BUDGET = {"max_limit": 1, "reset_duration": "1d"}
TOKENS = {"token_max_limit": 1, "token_reset_duration": "1h"}
REQUESTS = {"request_max_limit": 1, "request_reset_duration": "1h"}


def permits(duration: str) -> bool:
    return len(duration) <= LONGEST and bool(PATTERN.fullmatch(duration))


@given(st.lists(PARTS, min_size=1, max_size=4).map("".join).filter(permits))
def test_every_permitted_duration_is_in_range(duration: str) -> None:
    assert nanoseconds(duration) > 0


@pytest.mark.parametrize("part", ["999999999999ms", "999999999s", "9999999m", "99999h", "9.9s", "9h"])
def test_no_repetition_is_beyond_the_range(part: str) -> None:
    for count in range(1, LONGEST // len(part) + 1):
        assert permits(part * count)
        assert nanoseconds(part * count) > 0


@pytest.mark.parametrize("duration", PERMITTED)
def test_a_permitted_duration_is_accepted(api: Api, duration: str) -> None:
    budget = {"max_limit": 1, "reset_duration": duration}
    assert api.put(LEGAL, {"budget": budget})["budget"]["reset_duration"] == duration


@pytest.mark.parametrize("duration", ZERO + BEYOND)
def test_a_duration_of_zero_or_beyond_the_range_is_excluded(api: Api, duration: str) -> None:
    assert not permits(duration)
    with pytest.raises(DurationError):
        nanoseconds(duration)
    refused = api.put(PLATFORM, {"budget": {"reset_duration": duration}}, status=400)
    message = f'body.budget.reset_duration: "{duration}" is not allowed. A length of time: a number and a unit'
    assert refused["error"]["message"].startswith(message)


@pytest.mark.parametrize(
    ("rate_limit", "message"),
    [
        ({}, "is a required property"),
        ({"token_reset_duration": "1h"}, "is a required property"),
        ({"token_max_limit": 1}, "body.rate_limit: token_max_limit needs token_reset_duration"),
        ({"request_max_limit": 1}, "body.rate_limit: request_max_limit needs request_reset_duration"),
    ],
)
def test_a_first_rate_limit_needs_a_limit_with_its_duration(api: Api, rate_limit: dict[str, Any], message: str) -> None:
    for body in ({"rate_limit": rate_limit}, {"budget": BUDGET, "rate_limit": rate_limit}):
        response = api.call("POST", f"{UNITS}/{LEGAL}/governance", json=body)
        assert response.status_code == 400
        assert message in response.json["error"]["message"]  # type: ignore[index]


@pytest.mark.parametrize("limit", ["token", "request"])
def test_one_limit_is_enough_for_a_first_rate_limit(api: Api, limit: str) -> None:
    body = {"rate_limit": {f"{limit}_max_limit": 1, f"{limit}_reset_duration": "1h"}}
    assert api.call("POST", f"{UNITS}/{LEGAL}/governance", json=body).status_code == 200


@pytest.mark.parametrize("duration", ["1ns", "1s", "5m", "24h", "1h30m"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_alignment_with_a_short_duration_is_refused_by_the_schema(api: Api, method: str, duration: str) -> None:
    for switch, status in ((ALIGNED, 400), ({"calendar_aligned": False}, 200)):
        body = {"budget": {"max_limit": 1, "reset_duration": duration, **switch}}
        response = api.call(method, f"{UNITS}/{LEGAL}/governance", json=body)
        assert response.status_code == status
        if status == 400:
            words = "calendar_aligned needs a reset_duration in days, weeks, months or years."
            message = f'body.budget.reset_duration: "{duration}" is not allowed. {words}'
            assert response.json["error"]["message"] == message  # type: ignore[index]


# docs/schemathesis.md lists these: the schema permits them, and the stored state decides.
DEPENDENT: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"budget": {"max_limit": 1}}, {}, {"budget": BUDGET}),
    ({"budget": {"reset_duration": "1d"}}, {}, {"budget": BUDGET}),
    ({"budget": ALIGNED}, {"budget": {**BUDGET, "reset_duration": "1h"}}, {"budget": BUDGET}),
    ({"budget": {"reset_duration": "1h"}}, {"budget": {**BUDGET, **ALIGNED}}, {"budget": BUDGET}),
    ({"rate_limit": {"token_reset_duration": "1d"}}, {}, {"rate_limit": TOKENS}),
    ({"rate_limit": {"token_max_limit": 9}}, {"rate_limit": REQUESTS}, {"rate_limit": TOKENS}),
]


@pytest.mark.parametrize(("body", "refusing", "permitting"), DEPENDENT)
def test_what_no_schema_can_say(
    api: Api, body: dict[str, Any], refusing: dict[str, Any], permitting: dict[str, Any]
) -> None:
    for state, status in ((refusing, 400), (permitting, 200)):
        api.put(LEGAL, {"budget": {}, "rate_limit": {}})
        api.put(LEGAL, state)
        answer = api.put(LEGAL, body, status=status)
        assert status == 200 or "body." not in answer["error"]["message"]  # the schema permits the body


@pytest.mark.parametrize("page", [2**31, 2**53 + 1, 2**63 - 1])
def test_the_largest_page_is_the_maximum_of_the_contract(api: Api, page: int) -> None:
    assert (api.call("GET", f"{UNITS}?page={page}").json or {})["page"] == page


def test_every_number_of_the_contract_is_bounded(contract: Contract) -> None:
    unbounded: list[str] = []

    def walk(node: Any, place: str) -> None:
        if isinstance(node, dict):
            if node.get("type") in ("integer", "number"):
                bounds = ({"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"})
                unbounded.extend(place for names in bounds if not names & node.keys())
            for key, child in node.items():
                walk(child, f"{place}/{key}")
        elif isinstance(node, list):
            for index, child in enumerate(node):
                walk(child, f"{place}/{index}")

    walk(contract.document, "")
    assert unbounded == []
