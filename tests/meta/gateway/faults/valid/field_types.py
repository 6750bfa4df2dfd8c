"""Servers that accept fields of the wrong type."""

from __future__ import annotations

import re
from typing import Any

from ...assembly import fault
from ...bodies import Bodies


@fault(
    "limit-as-string-accepted",
    "VALID",
    "must",
    proves=(
        "VALID-01",
        "VALID-19",
    ),
)
class LimitAsStringAccepted(Bodies):
    """The server accepts a numeric string as a budget limit."""

    def number(self, value: Any) -> float:
        numeric = isinstance(value, str) and re.fullmatch(r"[0-9.]+", value)
        return super().number(float(value) if numeric else value)


@fault("limit-as-boolean-accepted", "VALID", "must")
class LimitAsBooleanAccepted(Bodies):
    """The server accepts true as a budget limit of one dollar."""

    def number(self, value: Any) -> float:
        return 1.0 if value is True else super().number(value)


@fault("limit-of-wrong-type-breaks", "VALID", "must")
class LimitOfWrongTypeBreaks(Bodies):
    """The server answers 500 to a budget limit that is an object or an array."""

    def number(self, value: Any) -> float:
        assert not isinstance(value, dict | list)
        return super().number(value)


@fault("count-as-string-accepted", "VALID", "must")
class CountAsStringAccepted(Bodies):
    """The server accepts a numeric string as a count."""

    def whole(self, value: Any, place: str) -> int:
        numeric = isinstance(value, str) and value.isdigit()
        return super().whole(int(value) if numeric else value, place)


@fault("count-as-boolean-accepted", "VALID", "must")
class CountAsBooleanAccepted(Bodies):
    """The server accepts true as a count of 1."""

    def whole(self, value: Any, place: str) -> int:
        return 1 if value is True else super().whole(value, place)


@fault("duration-as-number-accepted", "VALID", "must")
class DurationAsNumberAccepted(Bodies):
    """The server accepts a number as a duration in seconds."""

    def duration(self, value: Any, component: str) -> str:
        number = isinstance(value, int) and not isinstance(value, bool)
        return super().duration(f"{value}s" if number else value, component)


@fault("null-duration-breaks", "VALID", "must")
class NullDurationBreaks(Bodies):
    """The server answers 500 to reset_duration: null."""

    def duration(self, value: Any, component: str) -> str:
        assert value is not None
        return super().duration(value, component)


@fault("flag-as-number-accepted", "VALID", "must")
class FlagAsNumberAccepted(Bodies):
    """The server accepts 0 and 1 as calendar_aligned."""

    def flag(self, value: Any) -> bool:
        return super().flag(bool(value) if isinstance(value, int) else value)


@fault("flag-as-string-accepted", "VALID", "must")
class FlagAsStringAccepted(Bodies):
    """The server accepts the strings "true" and "false" as calendar_aligned."""

    def flag(self, value: Any) -> bool:
        return super().flag({"true": True, "false": False}.get(value, value) if isinstance(value, str) else value)
