"""Mistakes about which bodies are refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal
from ...model import Budget, BudgetChange, Change, RateLimitChange, Unit, WindowChange


@fault("VALID", "should")
class RequestLimitUnchecked(Bodies):
    """A copied check looks at the token limit twice: a negative request limit is stored."""

    def count(self, value: Any, place: str) -> int:
        return self.whole(value, place) if place == "request_max_limit" else super().count(value, place)


@fault("VALID", "should")
class UnitIsEnough(Bodies):
    """Calendar durations are checked by their last character: `xd` is stored for a budget."""

    def check_duration(self, text: str, component: str) -> None:
        if component != "budget" or text[-1:] not in "dwMY":
            super().check_duration(text, component)


@fault("VALID", "must")
class CommaAtEndAccepted(Bodies):
    """A relaxed parser lets a comma before a closing brace pass."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb",\s*([}\]])", rb"\1", body))


@fault("VALID", "must")
class OverflowIsLargest(Bodies):
    """A number that no float can hold, 1e400, is stored as the largest one."""

    def number(self, value: Any) -> float:
        return super().number(1e308 if value == float("inf") else value)


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


@fault("VALID", "should")
class BadBytesReplaced(Bodies):
    """Bytes that are not UTF-8 are replaced instead of refused: such a name is stored with a replacement mark."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body.decode("utf-8", "replace").encode())


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
class AlignmentSilentlyDropped(Governance):
    """The flag with a duration of hours is dropped and the rest stored, instead of 400."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        try:
            return super().budget_after(unit, change, now)
        except Refusal:
            if change is None or not change.calendar_aligned or change.reset_duration is None:
                raise
            return super().budget_after(unit, replace(change, calendar_aligned=False), now)


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
