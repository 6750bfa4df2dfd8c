"""The search for failing inputs: how long it simplifies an input, and which exception it raises."""

from __future__ import annotations

from itertools import chain, repeat
from unittest.mock import Mock

import pytest
from governance_contract.checks.search import PROFILES, Search, for_all, searching
from governance_contract.target.target import Unreachable
from hypothesis import strategies as st


@pytest.mark.parametrize(("simplify", "most"), [(0, 1), (5, 6), (30, 31)])
def test_simplifying_an_input_is_limited(simplify: int, most: int) -> None:
    tried: list[int] = []

    def check(number: int) -> None:
        tried.append(number)
        assert number < 0, f"{number} is bad"

    with searching(Search(1, PROFILES["default"])), pytest.raises(AssertionError, match=r"\d+ is bad"):
        for_all(st.integers(10**6, 10**9), check, max_shrinks=simplify)
    assert len(tried) <= most


def test_the_simplest_failing_input_is_reported() -> None:
    def check(number: int) -> None:
        if number > 1000:
            raise ValueError(number)

    with searching(Search(1, PROFILES["default"])), pytest.raises(ValueError, match="1001"):
        for_all(st.integers(0, 10**6), check)


def test_an_unreachable_target_ends_the_search() -> None:
    check = Mock(side_effect=Unreachable("gone"))
    with searching(Search(1, PROFILES["default"])), pytest.raises(Unreachable):
        for_all(st.integers(0, 10**6), check)
    check.assert_called_once()


def test_a_failure_that_does_not_repeat_is_reported() -> None:
    check = Mock(side_effect=chain([None, None, ValueError("seen once")], repeat(None)))
    with searching(Search(1, PROFILES["default"])), pytest.raises(ValueError, match="seen once"):
        for_all(st.integers(0, 10**6), check)
