"""A short form of bench/hostile.py: nothing that a client sends changes the state or stops the mock."""

from __future__ import annotations

import json
from typing import Any

import pytest

ERROR = json.dumps({"status_code": 400, "error": {"message": "Bad"}})
KINDS = {"of the contract", "changed bytes", "broken framing", "control", "large body", "vanished", "slow", "3 MB"}


def test_hostile_requests_change_nothing(hostile: Any, store_url: str) -> None:
    result = hostile.judge(store_url, requests=200, slow=16, megabytes=3, timeout=0.5)
    assert result.failures == []
    assert {kind for kind, _ in result.counts} == KINDS
    assert result.counts.total() >= 200
    assert result.counts["slow", "408"] >= 8
    assert result.counts["of the contract", "400"] >= 20


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        ("400 Bad", ERROR, "400"),
        ("404 Not Found", ERROR, "404?"),
        ("400 Bad", "Bad", "400?"),
        ("400 Bad", "{}", "400?"),
        ("204 No Content", "", "204"),
        ("500 Failed", ERROR.replace("400", "500"), "500"),
    ],
)
def test_each_response_is_counted_and_judged(hostile: Any, head: str, body: str, status: str) -> None:
    response = f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    assert list(hostile.responses(response * 2)) == [status, status]
    assert list(hostile.responses(response + b"junk")) == [status, "not HTTP"]


def test_what_does_not_change_with_time_is_compared(hostile: Any) -> None:
    one, other = ({"budget": {"current_usage": usage, "max_limit": 5}} for usage in (1, 2))
    assert hostile.lasting(one) == hostile.lasting(other) != hostile.lasting({"budget": {"max_limit": 6}})
