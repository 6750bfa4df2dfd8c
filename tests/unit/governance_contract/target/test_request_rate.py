"""The request rate that the user sets."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from governance_contract.target import request_rate
from governance_contract.target.request_rate import RateLimiter, parse_rate


@pytest.mark.parametrize(("text", "rate"), [("5", 5.0), ("5/s", 5.0), ("90/m", 1.5), ("3600/h", 1.0), ("0.5", 0.5)])
def test_a_rate_is_a_number_for_a_second_a_minute_or_an_hour(text: str, rate: float) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "0", "-1", "5/d", "five", "nan", "inf", "/s", "5 / s / m"])
def test_another_text_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="is not a request rate"):
        parse_rate(text)


def test_requests_are_spaced_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    now, sent = [100.0], []
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: now.append(now.pop() + seconds))
    monkeypatch.setattr(request_rate, "time", clock)
    limiter = RateLimiter(4)
    for busy in (0.0, 0.0, 0.1, 0.7, 0.0):
        limiter.wait()
        sent.append(now[0] - 100)
        now[0] += busy
    assert sent == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.45])


def test_without_a_rate_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_rate, "time", None)
    RateLimiter(None).wait()
