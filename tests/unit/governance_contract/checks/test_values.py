"""The generated values are ones that the contract permits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from exchanges import CONTRACT
from governance_contract.checks.inputs.values import (
    counts,
    documented_time_units,
    dollars,
    durations,
    is_ordinary_amount,
    is_ordinary_duration,
    short_time_units,
    similar_durations,
)
from hypothesis import given


@given(dollars())
def test_amounts_are_positive_and_exact_in_a_double(amount: float) -> None:
    digits = Decimal(repr(amount)).normalize().as_tuple().digits
    assert amount > 0
    assert len(digits) <= 17
    assert float(repr(amount)) == amount


@given(counts(CONTRACT))
def test_counts_are_permitted(count: int) -> None:
    assert CONTRACT.is_valid(CONTRACT.schema("MaxLimitCount"), count, published=False)
    assert is_ordinary_amount(count)


@given(durations(CONTRACT))
def test_durations_are_permitted_and_no_window_ends_in_a_test(duration: str) -> None:
    assert CONTRACT.is_valid(CONTRACT.schema("ResetDuration"), duration, published=False)
    assert is_ordinary_duration(duration)


@given(durations(CONTRACT, short_time_units(CONTRACT)))
def test_short_durations_cannot_be_aligned(duration: str) -> None:
    assert duration[-1] not in CONTRACT.calendar_alignment.time_units


@given(similar_durations(CONTRACT))
def test_similar_durations_differ_in_the_unit_alone(pair: tuple[str, str]) -> None:
    one, other = pair
    assert one[:-1] == other[:-1]
    assert {one[-1], other[-1]} <= set(documented_time_units(CONTRACT))
    assert one != other


@pytest.mark.parametrize("duration", ["59m", "3599s", "0d", "101Y", "1", "", "d", "1x", "²d"])
def test_other_durations_are_unusual(duration: str) -> None:
    assert not is_ordinary_duration(duration)
