"""Servers that refuse or break on rare values that are valid."""

from __future__ import annotations

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal
from ...model import RateLimitChange


@fault("hidden-sum-of-limits-overflows", "must", Bodies.rate_limit, origin="blind-8")
def sum_of_limits_overflows(self: Bodies, raw: Json, purpose: str) -> RateLimitChange:
    """The server answers 500 to a token limit and a request limit whose sum does not fit in 64 bits."""
    change = Bodies.rate_limit(self, raw, purpose)
    if (change.token.max_limit or 0) + (change.request.max_limit or 0) >= 2**63:
        raise OverflowError("the sum of the limits is too large")
    return change


@fault("hidden-name-length-in-bytes", "must", Bodies.check_name, origin="blind-8")
def name_length_in_bytes(self: Bodies, name: str) -> None:
    """The server refuses a name of at most 255 characters if it has more than 255 bytes in UTF-8."""
    Bodies.check_name(self, name)
    if len(name) <= 255 < len(name.encode()):
        raise Refusal(400, "name must have 1 to 255 characters")
