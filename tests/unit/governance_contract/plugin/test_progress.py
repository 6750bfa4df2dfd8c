"""The progress of a run, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from governance_contract.plugin.progress import CLEAR, Progress


def _texts(seconds: Iterable[float], *, rewrites: bool, total: int = 10, **limits: Any) -> list[str]:
    """Return what is written if tests finish after these seconds."""
    times = iter([0.0, *seconds])
    progress = Progress(rewrites=rewrites, clock=lambda: next(times), **limits)
    progress.total = total
    return [progress.finished_one() for _ in seconds]


def test_a_terminal_shows_the_share_and_the_time_left() -> None:
    first, second, third = _texts([1, 5, 200], rewrites=True)
    assert first == f"{CLEAR} 10%  1 of 10 tests"
    assert second == f"{CLEAR} 20%  2 of 10 tests, about 20 s left"
    assert third.endswith("about 7 min 47 s left")


def test_a_terminal_is_not_rewritten_for_every_test() -> None:
    shown = _texts([number / 100 for number in range(1, 11)], rewrites=True)
    assert [bool(text) for text in shown] == [True, *[False] * 9]


def test_a_log_gets_a_few_lines_about_a_slow_target() -> None:
    """Each one after twice as many tests as the last one, when the estimate is better."""
    shown = [text for text in _texts([10, 20, 30, 80, 90], rewrites=False) if text]
    assert shown == [
        "\n 20%  2 of 10 tests, about 1 min 20 s left; --quick and -n shorten it\n",
        "\n 40%  4 of 10 tests, about 2 min 00 s left\n",
    ]


def test_a_log_names_the_rate_limit_if_one_is_set() -> None:
    shown = "".join(_texts([10, 20], rewrites=False, has_rate_limit=True))
    assert shown.endswith("; --quick, -n and a higher --rate-limit shorten it\n")


def test_a_time_limit_shortens_the_time_left() -> None:
    shown = _texts([1, 5, 30], rewrites=True, max_time=20)
    assert [text.rpartition(", ")[2] for text in shown[1:]] == ["about 15 s left", "about 0 s left"]
    assert not any(_texts([10, 20, 30], rewrites=False, max_time=60))


def test_a_log_of_a_fast_target_stays_as_it_is() -> None:
    assert not any(_texts(range(1, 11), rewrites=False))


def test_nothing_is_shown_before_the_tests_are_counted() -> None:
    assert _texts([1, 5], rewrites=True, total=0) == ["", ""]
