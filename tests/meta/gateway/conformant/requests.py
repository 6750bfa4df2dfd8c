"""Conformant servers that read requests in an unusual way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Json, Refusal, Request, Response
from ..model import Change, HalfChange, RateLimit, RateLimitChange
from ..operations import Operations
from ..pipeline import Pipeline


@fault("updated-rate-limit-not-checked", "VALID", "conformant")
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


@fault("field-unknown-members-refused", "VALID", "conformant", origin="blind-2")
class UnknownMembersRefused(Bodies):
    """Unknown members of a component are refused with 400."""

    def given(self, raw: Json, known: tuple[str, ...]) -> Json:
        if set(raw) - set(known):
            raise Refusal(400, f"unknown member: {sorted(set(raw) - set(known))[0]}")
        return super().given(raw, known)


@fault("field-flag-only-budget-refused", "UPDATE", "conformant", origin="blind-2")
class FlagOnlyBudgetRefused(Bodies):
    """A budget with only calendar_aligned is refused with 400."""

    def update_of(self, body: Json) -> Change:
        change = super().update_of(body)
        if change.budget is not None and not change.budget.removes and body["budget"].keys() <= {"calendar_aligned"}:
            raise Refusal(400, "max_limit or reset_duration is required")
        return change


@fault("field-partial-pairs-refused", "UPDATE", "conformant", origin="blind-2")
class PartialPairsRefused(Bodies):
    """An update with half of a rate limit pair is refused with 400."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        for half in (change.token, change.request):
            if (half.max_limit is None) != (half.reset_duration is None):
                raise Refusal(400, "a limit and its duration belong together")
        return change


@fault("field-durations-alone-remove", "REMOVE", "conformant", origin="blind-2")
class DurationsAloneRemove(Bodies):
    """A rate limit without any limit is removed."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        if purpose == "update" and change.token.max_limit is None and change.request.max_limit is None:
            return RateLimitChange(removes=True)
        return change


@fault("field-null-removes", "REMOVE", "conformant", origin="blind-2")
class NullRemoves(Bodies):
    """A component that is null is removed."""

    def update_of(self, body: Json) -> Change:
        return super().update_of({name: {} if value is None else value for name, value in body.items()})


@fault("field-zero-limits-accepted", "VALID", "conformant", origin="blind-2")
class ZeroLimitsAccepted(Bodies):
    """A limit of 0 is accepted, and a negative one is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = self.number(value)
        return amount if amount == 0 else super().dollars(value, purpose)

    def count(self, value: Any, place: str) -> int:
        return self.whole(value, place) or 0 if value == 0 else super().count(value, place)


@fault("third-taken-name-before-missing-unit", "LIFE", "conformant", origin="blind-3")
class TakenNameBeforeMissingUnit(Operations):
    """A rename answers 409 for a taken name before it looks for the unit."""

    def rename_unit(self, request: Request) -> Response:
        self.check_name_is_free(self.bodies.name(self.document(request)), request.unit_id)
        return super().rename_unit(request)


@fault("third-method-override-honoured", "HTTP", "conformant", origin="blind-3")
class MethodOverrideHonoured(Pipeline):
    """A POST with X-HTTP-Method-Override is carried out as that method."""

    def route(self, request: Request) -> list[str] | None:
        if request.method == "POST":
            request.method = request.headers.get("X-HTTP-Method-Override", "POST").upper()
        return super().route(request)
