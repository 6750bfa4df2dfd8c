"""Servers that store unusual limits wrongly, or do not notice an unusual change."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...model import Half, HalfChange, RateLimit, RateLimitChange

_LARGEST = (2**63 - 1) / 1_000_000


def _pairs(rate_limit: RateLimit) -> set[tuple[int | None, str | None]]:
    """Return each limit with its duration, without order."""
    return {(half.max_limit, half.reset_duration) for half in (rate_limit.token, rate_limit.request)}


@fault("next-limit-capped-in-millionths", "must", origin="blind-7")
class LimitCappedInMillionths(Bodies):
    """A budget limit that 64 bits cannot hold in millionths of a dollar is stored as the largest one that they hold."""

    def dollars(self, value: Any, purpose: str) -> float:
        return min(super().dollars(value, purpose), _LARGEST)


@fault("next-exchanged-pairs-ignored", "must", origin="blind-7")
class ExchangedPairsIgnored(Governance):
    """An update that exchanges the token pair and the request pair of a rate limit answers 200 and changes neither."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        changed = super().change_rate_limit(rate_limit, change, now)
        return replace(rate_limit, updated_at=now) if _pairs(changed) == _pairs(rate_limit) else changed


@fault("scarce-close-counts-taken-as-equal", "must", Governance.change_half, origin="blind-9")
def close_counts_taken_as_equal(self: Governance, half: Half, change: HalfChange, now: int) -> Half:
    """An update ignores a token or request limit that differs from the stored one by less than a billionth of it."""
    changed = Governance.change_half(self, half, change, now)
    if half.max_limit is None or changed.max_limit is None or not math.isclose(half.max_limit, changed.max_limit):
        return changed
    return replace(changed, max_limit=half.max_limit)
