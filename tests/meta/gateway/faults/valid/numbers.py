"""Servers that accept invalid numbers, or fail on valid ones."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json
from ...model import Change, RateLimitChange


@fault("negative-limit-accepted", "should", Bodies.dollars, proves=("VALID-05",))
def negative_limit_accepted(self: Bodies, value: Any, purpose: str) -> float:
    """The server accepts a negative budget limit."""
    number = self.number(value)
    return number if number < 0 else Bodies.dollars(self, value, purpose)


@fault("negative-limit-accepted-by-creation", "should", Bodies.dollars)
def negative_limit_accepted_by_creation(self: Bodies, value: Any, purpose: str) -> float:
    """The creation of governance accepts a negative or zero budget limit."""
    return self.number(value) if purpose == "create" else Bodies.dollars(self, value, purpose)


@fault("negative-tokens-accepted", "should", Bodies.count)
def negative_tokens_accepted(self: Bodies, value: Any, place: str) -> int:
    """The server accepts a negative token limit."""
    number = self.whole(value, place)
    return number if place.startswith("token") and number < 0 else Bodies.count(self, value, place)


@fault("field-request-limit-unchecked", "should", Bodies.count, origin="blind-2")
def request_limit_unchecked(self: Bodies, value: Any, place: str) -> int:
    """The server accepts a negative or zero request limit."""
    return self.whole(value, place) if place == "request_max_limit" else Bodies.count(self, value, place)


@fault("zero-limit-accepted", "should", Bodies.dollars, proves=("VALID-06",))
def zero_limit_accepted(self: Bodies, value: Any, purpose: str) -> float:
    """The server accepts a budget limit of 0."""
    return 0.0 if self.number(value) == 0 else Bodies.dollars(self, value, purpose)


@fault("fraction-of-count-cut", "must", Bodies.whole, proves=("VALID-09",))
def fraction_of_count_cut(self: Bodies, value: Any, place: str) -> int:
    """The server cuts the fraction off a count."""
    return Bodies.whole(self, int(value) if isinstance(value, float) else value, place)


class _LaxCreation(Bodies):
    """Reads counts differently when governance is created."""

    creating = False

    def creation(self, document: Any) -> Change:
        self.creating = True
        try:
            return super().creation(document)
        finally:
            self.creating = False

    def whole(self, value: Any, place: str) -> int:
        return super().whole(self.read(value) if self.creating else value, place)

    def read(self, value: Any) -> Any:
        """Return the value that is used instead."""
        return value


@fault("fraction-of-count-cut-by-creation", "must", _LaxCreation.read)
def fraction_of_count_cut_by_creation(self: _LaxCreation, value: Any) -> Any:
    """The creation of governance cuts the fraction off a count."""
    return int(value) if isinstance(value, float) else value


@fault("count-beyond-range-capped", "must", Bodies.whole, proves=("VALID-10",))
def count_beyond_range_capped(self: Bodies, value: Any, place: str) -> int:
    """The server stores a count beyond 64 bits as the largest count."""
    return Bodies.whole(self, min(value, 2**63 - 1) if isinstance(value, int) else value, place)


@fault("count-beyond-range-capped-by-creation", "must", _LaxCreation.read)
def count_beyond_range_capped_by_creation(self: _LaxCreation, value: Any) -> Any:
    """The creation of governance stores a count beyond 64 bits as the largest count."""
    return min(max(value, 1), 2**63 - 1) if type(value) is int else value


@fault("count-beyond-range-breaks", "must", Bodies.whole)
def count_beyond_range_breaks(self: Bodies, value: Any, place: str) -> int:
    """The server answers 500 to a count beyond 64 bits."""
    if isinstance(value, int) and value >= 2**63:
        raise OverflowError
    return Bodies.whole(self, value, place)


@fault("huge-limit-breaks", "must", Bodies.number)
def huge_limit_breaks(self: Bodies, value: Any) -> float:
    """The server answers 500 to a budget limit beyond the range of doubles."""
    if isinstance(value, int | float) and abs(value) > 1.7e308:
        raise OverflowError
    return Bodies.number(self, value)


@fault("field-overflow-is-largest", "must", Bodies.number, origin="blind-2")
def overflow_is_largest(self: Bodies, value: Any) -> float:
    """The server stores a budget limit beyond the range of doubles as the largest one."""
    return Bodies.number(self, 1e308 if value == float("inf") else value)


@fault("hidden-sum-of-limits-overflows", "must", Bodies.rate_limit, origin="blind-8")
def sum_of_limits_overflows(self: Bodies, raw: Json, purpose: str) -> RateLimitChange:
    """The server answers 500 to a token limit and a request limit whose sum does not fit in 64 bits."""
    change = Bodies.rate_limit(self, raw, purpose)
    if (change.token.max_limit or 0) + (change.request.max_limit or 0) >= 2**63:
        raise OverflowError("the sum of the limits is too large")
    return change
