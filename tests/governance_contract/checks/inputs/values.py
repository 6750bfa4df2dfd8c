"""Hypothesis strategies of single values, weighted towards those that implementations get wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import permutations

from hypothesis import strategies as st

from ...contract.document import Contract

_DIGITS = 10**12  # at most 12 digits, and a double keeps 15
_DECIMALS = (0, 1, 2, 4, 6)
# Where a 32-bit number, a float of 24 bits or a double of 53 bits loses precision, or a counter overflows.
_LIMITS_OF_TYPES = (2**24, 2**31, 2**32, 2**53, 2**63 - 1)
# The amounts of dollars are exact decimals with at most 15 digits, which every double keeps.
_DOLLARS_OF_NOTE = (0.01, 0.1, 0.3, 1.005, 1e-6, 0.07, 2.675, 1e15, 16777217, 2147483648.5, 4294967296, 99999999.99)
# The range of multiples for each unit. No duration is shorter than an hour, so that no window ends during a test.
_MULTIPLES: Mapping[str, tuple[int, int]] = {
    "s": (3600, 31_536_000),
    "m": (60, 525_600),
    "h": (1, 8_760),
    "d": (1, 3_650),
    "w": (1, 520),
    "M": (1, 120),
    "Y": (1, 100),
}


@cache
def dollars() -> st.SearchStrategy[float]:
    """Return positive amounts of every size, whole or with up to twelve decimals."""
    any_amount = st.builds(
        lambda digits, decimals: digits / 10**decimals if decimals else digits,
        st.integers(1, _DIGITS),
        st.sampled_from(_DECIMALS),
    )
    all_digits = st.integers(_DIGITS // 10, _DIGITS - 1).map(lambda digits: digits / _DIGITS)
    return any_amount | all_digits | st.sampled_from(_DOLLARS_OF_NOTE)


@cache
def counts(contract: Contract) -> st.SearchStrategy[int]:
    """Return counts within the bounds of the contract, half of them near the limits of number types."""
    bounds = contract.resolve(contract.schema("MaxLimitCount"))
    least, most = bounds.get("minimum", 1), bounds.get("maximum", 2**63 - 1)
    near_limits = st.builds(int.__add__, st.sampled_from([least, *_LIMITS_OF_TYPES, most]), st.integers(-2, 2))
    return st.integers(least, most) | near_limits.map(lambda count: max(least, min(count, most)))


@cache
def durations(contract: Contract, units: tuple[str, ...] = tuple(_MULTIPLES)) -> st.SearchStrategy[str]:
    """Return multiples of the documented units among some units."""
    documented = documented_time_units(contract)
    return st.sampled_from([unit for unit in units if unit in documented]).flatmap(
        lambda unit: (st.just(_MULTIPLES[unit][0]) | st.integers(*_MULTIPLES[unit])).map(lambda count: f"{count}{unit}")
    )


@cache
def similar_durations(contract: Contract) -> st.SearchStrategy[tuple[str, str]]:
    """Return two durations that have the same number and different units, such as ``5m`` and ``5M``."""
    ranges = {unit: _MULTIPLES[unit] for unit in documented_time_units(contract) if unit in _MULTIPLES}

    def both(one: str, other: str) -> tuple[int, int]:
        return max(ranges[one][0], ranges[other][0]), min(ranges[one][1], ranges[other][1])

    pairs = [pair for pair in permutations(ranges, 2) if both(*pair)[0] <= both(*pair)[1]]
    return st.sampled_from(pairs).flatmap(
        lambda pair: st.integers(*both(*pair)).map(lambda count: (f"{count}{pair[0]}", f"{count}{pair[1]}"))
    )


def is_ordinary_amount(amount: float) -> bool:
    """Whether an amount of dollars or a count is positive, and neither rounds to zero nor overflows in a database."""
    return 10**-6 <= amount <= 2**63 - 1


def is_ordinary_duration(duration: str) -> bool:
    """Whether a duration is a multiple of one unit, and a window of it lasts an hour to a century."""
    count, unit = duration[:-1], duration[-1:]
    least, most = _MULTIPLES.get(unit, (1, 0))
    return count.isascii() and count.isdecimal() and least <= int(count) <= most


def short_time_units(contract: Contract) -> tuple[str, ...]:
    """Return the documented units of duration that cannot be aligned to the calendar."""
    alignable = contract.calendar_alignment.time_units
    return tuple(unit for unit in documented_time_units(contract) if unit not in alignable)


def documented_time_units(contract: Contract) -> list[str]:
    """Return the letters that end the contract's examples of durations."""
    return [example[-1] for example in contract.resolve(f"{contract.schema('ResetDuration')}/examples")]
