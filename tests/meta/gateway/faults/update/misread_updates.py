"""Servers whose updates go wrong for rare spellings of numbers, or in rare states of rate limits and of the server."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal, Request, Response
from ...model import HalfChange, RateLimit, RateLimitChange
from ...operations import Operations


@fault("seldom-multiple-of-32-bits-taken-as-absent", "must", Bodies.window, origin="blind-11")
def multiple_of_32_bits_taken_as_absent(self: Bodies, fields: Json, half: str) -> HalfChange:
    """A token or request limit whose lower 32 bits are zero, such as 4294967296, counts as absent."""
    change = Bodies.window(self, fields, half)
    if change.max_limit and not change.max_limit & 0xFFFFFFFF:
        return replace(change, max_limit=None)
    return change


@fault("seldom-fraction-before-exponent-lost", "must", origin="blind-11")
class FractionBeforeExponentLost(Bodies):
    """The server drops the fraction of a number that also has an exponent, so 2.5e3 becomes 2000."""

    def parse(self, body: bytes) -> Any:
        super().parse(body)
        return json.loads(body, parse_float=_without_fraction, object_pairs_hook=self.members)


def _without_fraction(text: str) -> float:
    shorter = float(re.sub(r"\.[0-9]+(?=[eE])", "", text))
    return shorter or float(text)


@fault("seldom-equal-halves-share-one-record", "must", origin="blind-11")
class EqualHalvesShareOneRecord(Governance):
    """If tokens and requests have the same limit and duration, an update gives both halves the same new values."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        after = super().change_rate_limit(rate_limit, change, now)
        token, request = rate_limit.token, rate_limit.request
        if (token.max_limit, token.reset_duration) != (request.max_limit, request.reset_duration):
            return after
        written = after.token if change.request == HalfChange() else after.request
        limit, period = written.max_limit, written.reset_duration
        return replace(
            after,
            token=replace(after.token, max_limit=limit, reset_duration=period),
            request=replace(after.request, max_limit=limit, reset_duration=period),
        )


@fault("seldom-body-for-missing-unit-kept", "must", origin="blind-11")
class BodyForMissingUnitKept(Operations):
    """An update with an empty body carries out the body of the update before it if that one was answered 404."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.buffer = b""

    def update_governance(self, request: Request) -> Response:
        body, self.buffer = request.body or self.buffer, b""
        try:
            return super().update_governance(replace(request, body=body))
        except Refusal as refusal:
            if refusal.status == 404:
                self.buffer = body
            raise
