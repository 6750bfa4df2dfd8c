"""Mistakes about which bodies are refused."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import replace
from typing import Any

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal, Request
from ...model import Budget, BudgetChange, Change, RateLimit, RateLimitChange, Unit, WindowChange
from ...operations import Operations


@fault("VALID", "should")
class RequestLimitUnchecked(Bodies):
    """A copied check looks at the token limit twice: a negative request limit is stored."""

    def count(self, value: Any, place: str) -> int:
        return self.whole(value, place) if place == "request_max_limit" else super().count(value, place)


@fault("VALID", "should")
class NegativeBudgetOnUpdate(Bodies):
    """Only the creation refuses a negative budget, the update stores it."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = self.number(value)
        return amount if purpose == "update" and amount < 0 else super().dollars(value, purpose)


@fault("VALID", "must")
class NumericStringAccepted(Bodies):
    """A number in quotes is taken for max_limit."""

    def number(self, value: Any) -> float:
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = float(value)
        return super().number(value)


@fault("VALID", "must")
class BooleanIsOne(Bodies):
    """`true` is the whole number 1 to a token or request limit."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(int(value) if isinstance(value, bool) else value, place)


@fault("VALID", "must")
class FractionOfTokenCut(Bodies):
    """A token limit of 1000.5 is cut to 1000 instead of being refused."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(int(value) if isinstance(value, float) and abs(value) < 2**53 else value, place)


@fault("VALID", "must")
class HugeCountClamped(Bodies):
    """A count beyond 64 bits is stored as the largest one."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(min(value, 2**63 - 1) if type(value) is int else value, place)


@fault("VALID", "should")
class ZeroDurationOfRateLimit(Bodies):
    """`0s` is accepted for a rate limit: only budgets check that a duration is positive."""

    def check_duration(self, text: str, component: str) -> None:
        if component != "rate_limit" or not re.fullmatch("0+[smhdwMY]", text):
            super().check_duration(text, component)


@fault("VALID", "should")
class NegativeDurationParsed(Bodies):
    """A sign belongs to the grammar of the parser: `-1h` is stored."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text.removeprefix("-"), component)


@fault("VALID", "should")
class UpperCaseUnitsAccepted(Bodies):
    """`1D` and `1W` pass as `1d` and `1w`."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(re.sub("[DW]$", lambda unit: unit[0].lower(), text), component)


@fault("VALID", "should")
class UnitIsEnough(Bodies):
    """Calendar durations are checked by their last character: `xd` is stored for a budget."""

    def check_duration(self, text: str, component: str) -> None:
        if component != "budget" or text[-1:] not in "dwMY":
            super().check_duration(text, component)


@fault("VALID", "should")
class BareSecondsAccepted(Bodies):
    """A duration without a unit, `"60"`, counts as seconds."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(f"{text}s" if text.isdecimal() else text, component)


@fault("VALID", "must")
class NumberIsDuration(Bodies):
    """A number is accepted for a duration and stored as seconds."""

    def duration(self, value: Any, component: str) -> str:
        return super().duration(f"{value}s" if type(value) is int and value > 0 else value, component)


@fault("VALID", "must")
class TextAfterJsonIgnored(Bodies):
    """The decoder reads the first JSON value of a body and leaves the rest: `{...} garbage` passes."""

    def parse(self, body: bytes) -> Any:
        try:
            return super().parse(body)
        except json.JSONDecodeError:
            decoder = json.JSONDecoder(object_pairs_hook=self.members)
            return decoder.raw_decode(body.decode().lstrip())[0]


@fault("VALID", "must")
class CommaAtEndAccepted(Bodies):
    """A relaxed parser lets a comma before a closing brace pass."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb",\s*([}\]])", rb"\1", body))


@fault("VALID", "must")
class NotANumberAccepted(Bodies):
    """`NaN` and `Infinity` are read as numbers and fall through `amount <= 0`; the limit becomes the largest one."""

    def parse(self, body: bytes) -> Any:
        return json.loads(body.decode(), parse_constant=lambda _: 1e308, object_pairs_hook=self.members)


@fault("VALID", "must")
class OverflowIsLargest(Bodies):
    """A number that no float can hold, 1e400, is stored as the largest one."""

    def number(self, value: Any) -> float:
        return super().number(1e308 if value == float("inf") else value)


@fault("VALID", "must")
class EmptyListRemoves(Bodies):
    """In the server's language {} and [] are one: an empty list removes the component."""

    def mapping(self, value: Any, place: str) -> Json:
        return {} if value == [] else super().mapping(value, place)


@fault("VALID", "must")
class FalseRemoves(Bodies):
    """Whatever is falsy removes: `"rate_limit": false`, `0` and `""` as well as {}."""

    def update_of(self, body: Json) -> Change:
        value = body.get("rate_limit", 1)
        return super().update_of({**body, "rate_limit": {}} if not value and value is not None else body)


@fault("VALID", "must")
class StringComponentIgnored(Bodies):
    """A budget of the wrong type counts as not mentioned, and the update is 200."""

    def update_of(self, body: Json) -> Change:
        if isinstance(body.get("budget"), str | int | float):
            body = {name: value for name, value in body.items() if name != "budget"}
        return super().update_of(body)


@fault("VALID", "must")
class FlagFromText(Bodies):
    """calendar_aligned may also be "true", "false", 1 or 0."""

    def flag(self, value: Any) -> bool:
        return super().flag({"true": True, "false": False, 1: True, 0: False}.get(value, value))


@fault("VALID", "must")
class EmptyBodyIsEmptyObject(Bodies):
    """A body of no bytes counts as {}."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body or b"{}")


@fault("VALID", "must")
class NumberAsName(Bodies):
    """A number is accepted as the name of a unit and written as text."""

    def name(self, document: Any) -> str:
        value = document.get("name") if isinstance(document, dict) else None
        return super().name({"name": str(value)} if type(value) in (int, float) else document)


@fault("VALID", "must")
class UnnamedUnitAccepted(Bodies):
    """A unit without a name is created as `Untitled`."""

    def name(self, document: Any) -> str:
        return super().name({"name": "Untitled"} if document == {} else document)


@fault("VALID", "should")
class BadBytesReplaced(Bodies):
    """Bytes that are not UTF-8 are replaced instead of refused: such a name is stored with a replacement mark."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body.decode("utf-8", "replace").encode())


@fault("VALID", "must")
class HalfDollarRefused(Bodies):
    """Limits are checked after a conversion to a whole number: less than a dollar is refused as zero."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = super().dollars(value, purpose)
        if int(amount) <= 0:
            raise Refusal(400, "budget max limit cannot be negative or zero")
        return amount


@fault("VALID", "must")
class ExponentRefused(Bodies):
    """Numbers are matched against digits and a point: 1.5E2 and 2e3 are refused for a budget."""

    def parse(self, body: bytes) -> Any:
        if re.search(rb'"max_limit"\s*:\s*[0-9.]+[eE]', body):
            raise ValueError("not a number")
        return super().parse(body)


@fault("VALID", "must")
class YearsRefused(Bodies):
    """The list of units for budgets was written before there were years: `1Y` is refused."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if component == "budget" and text.endswith("Y"):
            raise Refusal(400, "invalid budget reset duration")


@fault("VALID", "must")
class WeeksRefusedForRateLimits(Bodies):
    """Rate limits are parsed by the standard library, which knows no weeks: `1w` is refused for them."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if component == "rate_limit" and text.endswith("w"):
            raise Refusal(400, "invalid rate_limit reset duration")


@fault("VALID", "must")
class SecondsRefusedForBudgets(Bodies):
    """Budgets are checked against the choices of the dashboard, which has no seconds: `30s` is refused."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if component == "budget" and re.fullmatch("[0-9]+s", text):
            raise Refusal(400, "invalid budget reset duration")


@fault("VALID", "must")
class LargestCountRefused(Bodies):
    """The bound of a count is compared with `>=`: 2**63 - 1 is refused."""

    def whole(self, value: Any, place: str) -> int:
        if value == 2**63 - 1:
            raise Refusal(400, f"{place} is out of range")
        return super().whole(value, place)


@fault("VALID", "must")
class EscapedMemberNames(Bodies):
    """Members are found by their raw spelling: `"b\\u0075dget"` is not the budget."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb'\\u([0-9A-Fa-f]{4})(?=[^"]*"\s*:)', rb"u\1", body))


@fault("VALID", "should")
class AlignmentByLength(Governance):
    """Whether a duration can follow the calendar is told by its length: 24h and 48h pass, clock units or not."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if (periods.duration(budget.reset_duration) or 0) < periods.DAY:
            super().check_alignment(budget, change)


@fault("VALID", "must")
class AlignmentIgnoresCase(Governance):
    """The unit is compared without its case: a budget of five minutes, 5m, may be aligned as if months."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if not budget.reset_duration.endswith("m"):
            super().check_alignment(budget, change)


@fault("VALID", "must")
class AlignmentUncheckedOnCreate(Governance):
    """A first budget skips the check: an aligned hour is stored."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        if change.max_limit is None or not change.calendar_aligned or change.reset_duration is None:
            return super().new_budget(unit, change, now)
        budget = super().new_budget(unit, replace(change, calendar_aligned=False), now)
        return replace(budget, calendar_aligned=True, last_reset=self.period_start(budget, now))


@fault("VALID", "should")
class AlignmentOfStoredDurationUnchecked(Governance):
    """The flag is checked against the duration of the body only: a stored duration of an hour becomes aligned."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if change.reset_duration is not None:
            super().check_alignment(budget, change)


@fault("VALID", "must")
class AlignmentSilentlyDropped(Governance):
    """The flag with a duration of hours is dropped and the rest stored, instead of 400."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        try:
            return super().budget_after(unit, change, now)
        except Refusal:
            if change is None or not change.calendar_aligned or change.reset_duration is None:
                raise
            return super().budget_after(unit, replace(change, calendar_aligned=False), now)


@fault("VALID", "should")
class SingleFirstLimitUnchecked(Governance):
    """An update creates a rate limit with a token limit and no duration: only the request pair is checked."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        token = rate_limit.token
        if token.max_limit is None or token.reset_duration is not None:
            super().check_rate_limit(rate_limit, purpose)


@fault("VALID", "must")
class InvalidRateLimitSkipped(Bodies):
    """A rate limit that breaks the schema is skipped when the budget beside it is valid."""

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        try:
            return super().rate_limit(raw, purpose)
        except Refusal:
            return RateLimitChange(WindowChange(), WindowChange())

    def update_of(self, body: Json) -> Change:
        change = super().update_of(body)
        skipped = change.rate_limit == RateLimitChange() and change.budget is not None
        return replace(change, rate_limit=None) if skipped else change


@fault("VALID", "should")
class CharsetRefused(Operations):
    """The media type is compared as text: `application/json; charset=utf-8` is 400."""

    def document(self, request: Request) -> Any:
        if ";" in (request.headers.get("Content-Type") or ""):
            raise Refusal(400, "Content-Type must be application/json")
        return super().document(request)
