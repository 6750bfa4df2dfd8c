"""Servers that accept fields of the wrong type."""

from __future__ import annotations

import re
from typing import Any

from ...assembly import fault
from ...bodies import Bodies


@fault("limit-as-string-accepted", "must", Bodies.number, proves=("VALID-01", "VALID-19"))
def limit_as_string_accepted(self: Bodies, value: Any) -> float:
    """The server accepts a numeric string as a budget limit."""
    numeric = isinstance(value, str) and re.fullmatch(r"[0-9.]+", value)
    return Bodies.number(self, float(value) if numeric else value)


@fault("limit-of-wrong-type-breaks", "must", Bodies.number)
def limit_of_wrong_type_breaks(self: Bodies, value: Any) -> float:
    """The server answers 500 to a budget limit that is an object or an array."""
    assert not isinstance(value, dict | list)
    return Bodies.number(self, value)


@fault("count-as-string-accepted", "must", Bodies.whole)
def count_as_string_accepted(self: Bodies, value: Any, place: str) -> int:
    """The server accepts a numeric string as a count."""
    numeric = isinstance(value, str) and value.isdigit()
    return Bodies.whole(self, int(value) if numeric else value, place)


@fault("duration-as-number-accepted", "must", Bodies.duration)
def duration_as_number_accepted(self: Bodies, value: Any, component: str) -> str:
    """The server accepts a number as a duration in seconds."""
    number = isinstance(value, int) and not isinstance(value, bool)
    return Bodies.duration(self, f"{value}s" if number else value, component)


@fault("null-duration-breaks", "must", Bodies.duration)
def null_duration_breaks(self: Bodies, value: Any, component: str) -> str:
    """The server answers 500 to reset_duration: null."""
    assert value is not None
    return Bodies.duration(self, value, component)


@fault("flag-as-number-accepted", "must", Bodies.flag)
def flag_as_number_accepted(self: Bodies, value: Any) -> bool:
    """The server accepts 0 and 1 as calendar_aligned."""
    return Bodies.flag(self, bool(value) if isinstance(value, int) else value)
