"""Servers that change the fields of a rate limit wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Request, Response
from ...model import Change, Half, HalfChange, RateLimit, RateLimitChange, Unit
from ...operations import Operations


@fault("rate-limits-only-tighten", "UPDATE", "must", proves=("UPDATE-06",))
class RateLimitsOnlyTighten(Governance):
    """An update ignores a higher rate limit and answers 200."""

    def change_half(self, half: Half, change: HalfChange, now: int) -> Half:
        after = super().change_half(half, change, now)
        if half.max_limit is None or after.max_limit is None:
            return after
        return replace(after, max_limit=min(half.max_limit, after.max_limit))


@fault("tokens-and-requests-swapped", "UPDATE", "must")
class TokensAndRequestsSwapped(Governance):
    """The server stores token fields as request fields and request fields as token fields."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        swapped = change and replace(change, token=change.request, request=change.token)
        return super().rate_limit_after(unit, swapped, now)


@fault("request-pair-ignored", "UPDATE", "must")
class RequestPairIgnored(Governance):
    """An update ignores the request pair when it comes with a token pair."""

    def rate_limit_after(self, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
        if change is not None and change.token.max_limit is not None:
            change = replace(change, request=HalfChange())
        return super().rate_limit_after(unit, change, now)


@fault("token-duration-applied-to-requests", "UPDATE", "must")
class TokenDurationAppliedToRequests(Governance):
    """The server stores the token duration for requests as well."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        return super().change_rate_limit(rate_limit, self.spread(change), now)

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        return super().new_rate_limit(unit, self.spread(change), now)

    def spread(self, change: RateLimitChange) -> RateLimitChange:
        if change.request.max_limit is None:
            return change
        return replace(change, request=replace(change.request, reset_duration=change.token.reset_duration))


@fault("field-request-duration-from-token", "UPDATE", "must", origin="blind-2")
class RequestDurationFromToken(Bodies):
    """The server stores the token duration for requests when both pairs are sent."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        if change.token.reset_duration is None or change.request.reset_duration is None:
            return change
        return replace(change, request=replace(change.request, reset_duration=change.token.reset_duration))


@fault("field-request-pair-fills-token-pair", "UPDATE", "should", origin="blind-2")
class RequestPairFillsTokenPair(Governance):
    """The server stores a first request pair as the token pair as well."""

    def new_rate_limit(self, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
        if change.token == HalfChange():
            change = replace(change, token=change.request)
        return super().new_rate_limit(unit, change, now)


@fault("field-rate-limit-needs-budget", "UPDATE", "must", origin="blind-2")
class RateLimitNeedsBudget(Governance):
    """The server answers 200 to a first rate limit of a unit without a budget and does not store it."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        return after if after.budget is not None or unit.rate_limit is not None else replace(after, rate_limit=None)


@fault("partial-rate-limit-stored-otherwise", "UPDATE", "must", proves=("UPDATE-21",))
class PartialRateLimitStoredOtherwise(Operations):
    """An update with half a rate limit answers with the other half kept and stores it without."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        change = self.bodies.update(self.bodies.document(request.body)).rate_limit
        unit = self.unit(request, self.clock.now())
        lacks_requests = change is not None and not change.removes and change.request == HalfChange()
        if unit.rate_limit is not None and lacks_requests:
            bare = replace(unit.rate_limit.request, max_limit=None, reset_duration=None)
            self.store.save(replace(unit, rate_limit=replace(unit.rate_limit, request=bare)))
        return response
