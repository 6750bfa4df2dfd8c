"""Servers that refuse what they must accept."""

from __future__ import annotations

import re
from typing import Any

from ..assembly import fault
from ..bodies import BUDGET_FIELDS, RATE_LIMIT_FIELDS, Bodies
from ..governance import Governance
from ..messages import Json, Refusal, Request
from ..model import Budget, BudgetChange, Change, RateLimit, RateLimitChange
from ..operations import Operations

# durations


class _RefusingDurations(Bodies):
    """Refuses the durations of one pattern besides the wrong ones."""

    refused = re.compile(r"(?!)")

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if self.refused.fullmatch(text):
            raise Refusal(400, f"invalid {component} reset duration")


@fault("VALID", "must")
class YearsRefused(_RefusingDurations):
    """Durations in years are refused."""

    refused = re.compile(r".*Y")


@fault("VALID", "must")
class MonthsRefused(_RefusingDurations):
    """Durations in months are refused."""

    refused = re.compile(r".*M")


@fault("VALID", "must")
class SecondsRefused(_RefusingDurations):
    """Durations in seconds are refused."""

    refused = re.compile(r"[0-9]+s")


@fault("VALID", "must")
class OnlySinglePeriodsAccepted(_RefusingDurations):
    """Only one of a unit is accepted: 1M, but not 3M."""

    refused = re.compile(r"(?!1[a-zA-Z])(?!30s|5m|15m|30m|6h).*")


@fault("VALID", "should")
class CompoundDurationsRefused(_RefusingDurations):
    """1h30m is refused."""

    refused = re.compile(r"[0-9]+[hm][0-9]+[ms]")


@fault("VALID", "should")
class FractionsOfDurationsRefused(_RefusingDurations):
    """1.5d is refused."""

    refused = re.compile(r".*\..*")


# numbers


@fault("VALID", "must")
class FractionalDollarsRefused(Bodies):
    """A budget limit must be whole dollars."""

    def number(self, value: Any) -> float:
        if isinstance(value, float) and not value.is_integer():
            raise Refusal(400, "max_limit must be a whole number")
        return super().number(value)


@fault("VALID", "must")
class LargeLimitRefused(Bodies):
    """A budget limit above a million dollars is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        if super().dollars(value, purpose) > 1_000_000:
            raise Refusal(400, "max_limit is too large")
        return super().dollars(value, purpose)


@fault("VALID", "must")
class SmallLimitRefused(Bodies):
    """A budget limit below a dollar is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        if super().dollars(value, purpose) < 1:
            raise Refusal(400, "max_limit is too small")
        return super().dollars(value, purpose)


@fault("VALID", "must")
class CountBeyond32BitsRefused(Bodies):
    """A rate limit beyond 32 bits is refused."""

    def whole(self, value: Any, place: str) -> int:
        if super().whole(value, place) >= 2**31:
            raise Refusal(400, f"{place} is out of range")
        return super().whole(value, place)


@fault("VALID", "should")
class LimitBelowUsageRefused(Governance):
    """A budget limit below what was spent is refused."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.max_limit is not None and change.max_limit < budget.current_usage:
            raise Refusal(400, "max_limit is below current_usage")
        return super().merge_budget(budget, change, now)


@fault("VALID", "must")
class LoweredLimitRefused(Governance):
    """A budget limit can only be raised."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.max_limit is not None and change.max_limit < budget.max_limit:
            raise Refusal(400, "max_limit can only be raised")
        return super().merge_budget(budget, change, now)


# bodies


@fault("VALID", "must")
class EmptyUpdateRefused(Bodies):
    """The body {} is refused on update."""

    def update_of(self, body: Json) -> Change:
        if not body:
            raise Refusal(400, "budget or rate_limit is required")
        return super().update_of(body)


@fault("VALID", "must")
class BothComponentsRequired(Bodies):
    """An update that mentions one component alone is refused."""

    def update_of(self, body: Json) -> Change:
        if ("budget" in body) != ("rate_limit" in body):
            raise Refusal(400, "budget and rate_limit are required")
        return super().update_of(body)


@fault("UPDATE", "must")
class RateLimitBesideBudgetIgnored(Bodies):
    """An update that sets both components sets the budget alone."""

    def update_of(self, body: Json) -> Change:
        both = bool(body.get("budget")) and bool(body.get("rate_limit"))
        return super().update_of({"budget": body["budget"]} if both else body)


@fault("VALID", "should")
class LoneLimitRefused(Bodies):
    """A budget update must carry limit and duration."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        if "max_limit" in raw and "reset_duration" not in raw and purpose == "update":
            raise Refusal(400, "reset_duration is required")
        return super().budget(raw, purpose)


@fault("VALID", "should")
class LoneDurationRefused(Bodies):
    """A budget update with a duration must carry a limit."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        if "reset_duration" in raw and "max_limit" not in raw and purpose == "update":
            raise Refusal(400, "max_limit is required")
        return super().budget(raw, purpose)


@fault("VALID", "must")
class LonePairRefused(Bodies):
    """A rate limit must carry the pair of tokens and the pair of requests."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        if any(name not in raw for name in RATE_LIMIT_FIELDS):
            raise Refusal(400, "all four fields are required")
        return super().rate_limit(raw, purpose)


@fault("VALID", "must")
class LoneRequestPairRefused(Governance):
    """A rate limit without a limit on tokens is refused."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        super().check_rate_limit(rate_limit, purpose)
        if rate_limit.token.max_limit is None:
            raise Refusal(400, "token_max_limit is required")


@fault("VALID", "should")
class UnknownFieldsRefused(Bodies):
    """A body with a member that the schema does not name is refused."""

    def update_of(self, body: Json) -> Change:
        if set(body) - {"budget", "rate_limit"}:
            raise Refusal(400, "unknown field")
        return super().update_of(body)


@fault("VALID", "should")
class UnknownBudgetFieldsRefused(Bodies):
    """A budget with a member that the schema does not name is refused."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        if set(raw) - set(BUDGET_FIELDS):
            raise Refusal(400, "unknown field")
        return super().budget(raw, purpose)


@fault("VALID", "must")
class FlagRequired(Bodies):
    """A budget without calendar_aligned is refused."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        if raw and "calendar_aligned" not in raw:
            raise Refusal(400, "calendar_aligned is required")
        return super().budget(raw, purpose)


@fault("VALID", "must")
class RepeatedUpdateRefused(Governance):
    """An update that changes nothing is refused."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        if (after.max_limit, after.reset_duration) == (budget.max_limit, budget.reset_duration):
            raise Refusal(400, "nothing to change")
        return after


@fault("VALID", "must")
class UnicodeNamesRefused(Bodies):
    """A name beyond ASCII is refused."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        if not name.isascii():
            raise Refusal(400, "name must be ASCII")


@fault("VALID", "must")
class UnicodeNamesBreak(Bodies):
    """A name beyond the basic plane is a 500."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        assert all(ord(character) < 2**16 for character in name)


@fault("VALID", "should")
class PunctuationInNamesRefused(Bodies):
    """A name may hold letters, digits, blanks and hyphens."""

    def check_name(self, name: str) -> None:
        super().check_name(name)
        if re.search(r"[^\w \-]", name):
            raise Refusal(400, "name has a character that is not allowed")


@fault("VALID", "should")
class MediaTypeParametersRefused(Operations):
    """A Content-Type with a charset is refused."""

    def document(self, request: Request) -> Any:
        if ";" in request.headers.get("Content-Type", ""):
            raise Refusal(400, "Content-Type must be application/json")
        return super().document(request)


@fault("VALID", "must")
class WhitespaceInJsonRefused(Bodies):
    """JSON over several lines is refused."""

    def parse(self, body: bytes) -> Any:
        if b"\n" in body.strip():
            raise ValueError("line break")
        return super().parse(body)


@fault("VALID", "must")
class EscapesInJsonMisread(Bodies):
    r"""Escapes such as \u00e9 in strings are kept as they are written."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body.replace(b"\\u", b"\\\\u"))
