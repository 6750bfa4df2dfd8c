"""Conformant servers that read requests in an unusual way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..assembly import conformant
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Json, Refusal, Request, Response
from ..model import Change, HalfChange, RateLimit, RateLimitChange
from ..operations import Operations
from ..periods import SECOND, duration, is_alignable
from ..pipeline import Pipeline


@conformant("updated-rate-limit-not-checked")
class UpdatedRateLimitNotChecked(Governance):
    """An update of a rate limit may set a limit without a duration."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        def drops(half: HalfChange) -> bool:
            return half.max_limit is not None and half.reset_duration is None

        after = super().change_rate_limit(rate_limit, change, now)
        token = replace(after.token, reset_duration=None) if drops(change.token) else after.token
        request = replace(after.request, reset_duration=None) if drops(change.request) else after.request
        return replace(after, token=token, request=request)

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        if purpose == "create":
            super().check_rate_limit(rate_limit, purpose)


@conformant("clock-durations-in-seconds", Bodies.duration)
def clock_durations_in_seconds(self: Bodies, value: Any, component: str) -> str:
    """Durations in clock units are stored in seconds: 1h30m as 5400s."""
    text = Bodies.duration(self, value, component)
    length = duration(text)
    return text if length is None or is_alignable(text) or length % SECOND else f"{length // SECOND}s"


@conformant("field-unknown-members-refused", Bodies.given, origin="blind-2")
def unknown_members_refused(self: Bodies, raw: Json, known: tuple[str, ...]) -> Json:
    """Unknown members of a component are refused with 400."""
    if set(raw) - set(known):
        raise Refusal(400, f"unknown member: {sorted(set(raw) - set(known))[0]}")
    return Bodies.given(self, raw, known)


@conformant("field-flag-only-budget-refused", Bodies.update_of, origin="blind-2")
def flag_only_budget_refused(self: Bodies, body: Json) -> Change:
    """A budget with only calendar_aligned is refused with 400."""
    change = Bodies.update_of(self, body)
    if change.budget is not None and not change.budget.removes and body["budget"].keys() <= {"calendar_aligned"}:
        raise Refusal(400, "max_limit or reset_duration is required")
    return change


@conformant("field-partial-pairs-refused", Bodies.rate_limit, origin="blind-2")
def partial_pairs_refused(self: Bodies, raw: Json, purpose: str) -> RateLimitChange:
    """An update with half of a rate limit pair is refused with 400."""
    change = Bodies.rate_limit(self, raw, purpose)
    for half in (change.token, change.request):
        if (half.max_limit is None) != (half.reset_duration is None):
            raise Refusal(400, "a limit and its duration belong together")
    return change


@conformant("field-durations-alone-remove", Bodies.rate_limit, origin="blind-2")
def durations_alone_remove(self: Bodies, raw: Json, purpose: str) -> RateLimitChange:
    """A rate limit without any limit is removed."""
    change = Bodies.rate_limit(self, raw, purpose)
    if purpose == "update" and change.token.max_limit is None and change.request.max_limit is None:
        return RateLimitChange(removes=True)
    return change


@conformant("field-null-removes", Bodies.update_of, origin="blind-2")
def null_removes(self: Bodies, body: Json) -> Change:
    """A component that is null is removed."""
    return Bodies.update_of(self, {name: {} if value is None else value for name, value in body.items()})


@conformant("field-zero-limits-accepted", origin="blind-2")
class ZeroLimitsAccepted(Bodies):
    """A limit of 0 is accepted, and a negative one is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = self.number(value)
        return amount if amount == 0 else super().dollars(value, purpose)

    def count(self, value: Any, place: str) -> int:
        return self.whole(value, place) or 0 if value == 0 else super().count(value, place)


@conformant("third-taken-name-before-missing-unit", Operations.rename_unit, origin="blind-3")
def taken_name_before_missing_unit(self: Operations, request: Request) -> Response:
    """A rename answers 409 for a taken name before it looks for the unit."""
    self.check_name_is_free(self.bodies.name(self.document(request)), request.unit_id)
    return Operations.rename_unit(self, request)


@conformant("third-method-override-honoured", Pipeline.route, origin="blind-3")
def method_override_honoured(self: Pipeline, request: Request) -> list[str] | None:
    """A POST with X-HTTP-Method-Override is carried out as that method."""
    if request.method == "POST":
        request.method = request.headers.get("X-HTTP-Method-Override", "POST").upper()
    return Pipeline.route(self, request)


@conformant("length-required", Operations.document)
def length_required(self: Operations, request: Request) -> Any:
    """A body without Content-Length is refused with 411 (RFC 9110 section 15.5.12)."""
    if "Content-Length" not in request.headers:
        raise Refusal(411, "Length required")
    return Operations.document(self, request)
