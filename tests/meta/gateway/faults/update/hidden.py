"""A server that stores some durations of rate limits in another unit."""

from __future__ import annotations

import re
from dataclasses import replace

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json
from ...model import HalfChange

_LARGER = {"s": "m", "m": "h"}


@fault("hidden-rate-limit-duration-in-larger-unit", "must", Bodies.window, origin="blind-8")
def rate_limit_duration_in_larger_unit(self: Bodies, fields: Json, half: str) -> HalfChange:
    """Rate limit durations of more than 60 seconds or minutes are stored in the next unit, without the remainder."""
    change = Bodies.window(self, fields, half)
    match = re.fullmatch("([0-9]+)([sm])", change.reset_duration or "")
    if match is None or int(match[1]) <= 60:
        return change
    return replace(change, reset_duration=f"{int(match[1]) // 60}{_LARGER[match[2]]}")
