"""Servers that change the fields of a rate limit wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...governance import Governance
from ...messages import Request, Response
from ...model import Change, Half, HalfChange, RateLimit, RateLimitChange, Unit
from ...operations import Operations


@fault("rate-limits-only-tighten", "must", Governance.change_half, proves=("UPDATE-06",))
def rate_limits_only_tighten(self: Governance, half: Half, change: HalfChange, now: int) -> Half:
    """An update ignores a higher rate limit and answers 200."""
    after = Governance.change_half(self, half, change, now)
    if half.max_limit is None or after.max_limit is None:
        return after
    return replace(after, max_limit=min(half.max_limit, after.max_limit))


@fault("tokens-and-requests-swapped", "must", Governance.rate_limit_after)
def tokens_and_requests_swapped(
    self: Governance, unit: Unit, change: RateLimitChange | None, now: int
) -> RateLimit | None:
    """The server stores token fields as request fields and request fields as token fields."""
    swapped = change and replace(change, token=change.request, request=change.token)
    return Governance.rate_limit_after(self, unit, swapped, now)


@fault("request-pair-ignored", "must", Governance.rate_limit_after)
def request_pair_ignored(self: Governance, unit: Unit, change: RateLimitChange | None, now: int) -> RateLimit | None:
    """An update ignores the request pair when it comes with a token pair."""
    if change is not None and change.token.max_limit is not None:
        change = replace(change, request=HalfChange())
    return Governance.rate_limit_after(self, unit, change, now)


@fault("token-duration-applied-to-requests", "must")
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


@fault("field-request-pair-fills-token-pair", "should", Governance.new_rate_limit, origin="blind-2")
def request_pair_fills_token_pair(self: Governance, unit: Unit, change: RateLimitChange, now: int) -> RateLimit:
    """The server stores a first request pair as the token pair as well."""
    if change.token == HalfChange():
        change = replace(change, token=change.request)
    return Governance.new_rate_limit(self, unit, change, now)


@fault("field-rate-limit-needs-budget", "must", Governance.update, origin="blind-2")
def rate_limit_needs_budget(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """The server answers 200 to a first rate limit of a unit without a budget and does not store it."""
    after = Governance.update(self, unit, change, now)
    return after if after.budget is not None or unit.rate_limit is not None else replace(after, rate_limit=None)


@fault("partial-rate-limit-stored-otherwise", "must", Operations.update_governance, proves=("UPDATE-21",))
def partial_rate_limit_stored_otherwise(self: Operations, request: Request) -> Response:
    """An update with half a rate limit answers with the other half kept and stores it without."""
    response = Operations.update_governance(self, request)
    change = self.bodies.update(self.bodies.document(request.body)).rate_limit
    unit = self.unit(request, self.clock.now())
    lacks_requests = change is not None and not change.removes and change.request == HalfChange()
    if unit.rate_limit is not None and lacks_requests:
        bare = replace(unit.rate_limit.request, max_limit=None, reset_duration=None)
        self.store.save(replace(unit, rate_limit=replace(unit.rate_limit, request=bare)))
    return response


@fault("subtle-equal-durations-stay-equal", "must", Governance.change_rate_limit, origin="blind-12")
def equal_durations_stay_equal(self: Governance, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
    """A rate limit with equal durations for tokens and requests keeps them equal when an update sets different ones."""
    changed = Governance.change_rate_limit(self, rate_limit, change, now)
    if rate_limit.token.reset_duration != rate_limit.request.reset_duration:
        return changed
    return replace(changed, request=replace(changed.request, reset_duration=changed.token.reset_duration))


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


def _pairs(rate_limit: RateLimit) -> set[tuple[int | None, str | None]]:
    """Return each limit with its duration, without order."""
    return {(half.max_limit, half.reset_duration) for half in (rate_limit.token, rate_limit.request)}


@fault("next-exchanged-pairs-ignored", "must", origin="blind-7")
class ExchangedPairsIgnored(Governance):
    """An update that exchanges the token pair and the request pair of a rate limit answers 200 and changes neither."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        changed = super().change_rate_limit(rate_limit, change, now)
        return replace(rate_limit, updated_at=now) if _pairs(changed) == _pairs(rate_limit) else changed
