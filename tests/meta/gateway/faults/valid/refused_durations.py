"""Servers that refuse valid durations."""

from __future__ import annotations

import re

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange
from ...periods import is_alignable


class _RefusingDurations(Bodies):
    """Refuses the durations of one pattern besides the wrong ones."""

    refused = re.compile(r"(?!)")

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if self.refused.fullmatch(text):
            raise Refusal(400, f"invalid {component} reset duration")


@fault("months-refused", "VALID", "must")
class MonthsRefused(_RefusingDurations):
    """Durations in months are refused."""

    refused = re.compile(r".*M")


@fault("years-refused", "VALID", "must", proves=("UPDATE-14",))
class YearsRefused(_RefusingDurations):
    """Durations in years are refused."""

    refused = re.compile(r".*Y")


@fault("seconds-refused", "VALID", "must")
class SecondsRefused(_RefusingDurations):
    """Durations in seconds are refused."""

    refused = re.compile(r"[0-9]+s")


@fault("only-single-periods-accepted", "VALID", "must", proves=("UPDATE-20",))
class OnlySinglePeriodsAccepted(_RefusingDurations):
    """Only one of a unit is accepted: 1M, but not 3M."""

    refused = re.compile(r"(?!1[a-zA-Z])(?!30s|5m|15m|30m|6h).*")


@fault("compound-durations-refused", "VALID", "should")
class CompoundDurationsRefused(_RefusingDurations):
    """1h30m is refused."""

    refused = re.compile(r"[0-9]+[hm][0-9]+[ms]")


@fault("fractions-of-durations-refused", "VALID", "should", proves=("UPDATE-24",))
class FractionsOfDurationsRefused(_RefusingDurations):
    """1.5d is refused."""

    refused = re.compile(r".*\..*")


@fault("field-years-refused", "VALID", "must", origin="blind-2")
class BudgetYearsRefused(Bodies):
    """The list of units for budgets was written before there were years: `1Y` is refused."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if component == "budget" and text.endswith("Y"):
            raise Refusal(400, "invalid budget reset duration")


@fault("field-seconds-refused-for-budgets", "VALID", "must", origin="blind-2")
class SecondsRefusedForBudgets(Bodies):
    """Budgets are checked against the choices of the dashboard, which has no seconds: `30s` is refused."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if component == "budget" and re.fullmatch("[0-9]+s", text):
            raise Refusal(400, "invalid budget reset duration")


@fault("field-weeks-refused-for-rate-limits", "VALID", "must", origin="blind-2")
class WeeksRefusedForRateLimits(Bodies):
    """Rate limits are parsed by the standard library, which knows no weeks: `1w` is refused for them."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if component == "rate_limit" and text.endswith("w"):
            raise Refusal(400, "invalid rate_limit reset duration")


@fault("third-compound-durations-cut-short", "VALID", "should", origin="blind-3")
class CompoundDurationsCutShort(Bodies):
    """The column for durations was narrowed to ten characters, so 2h30m15s500ms is refused."""

    def check_duration(self, text: str, component: str) -> None:
        """Refuse more than ten characters."""
        super().check_duration(text, component)
        if len(text) > 10:
            raise Refusal(400, f"invalid {component} reset duration")


@fault("third-micro-sign-refused", "VALID", "should", origin="blind-3")
class MicroSignRefused(Bodies):
    """Durations are checked as ASCII before they are parsed, so 500µs is refused while 500us is accepted."""

    def check_duration(self, text: str, component: str) -> None:
        """Refuse what is not ASCII."""
        super().check_duration(text, component)
        if not text.isascii():
            raise Refusal(400, f"invalid {component} reset duration")


@fault("third-false-flag-needs-days", "VALID", "must", origin="blind-3")
class FalseFlagNeedsDays(Governance):
    """The alignment rule looks at whether the flag is given, so calendar_aligned false with 1h is refused."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        """Refuse a flag beside a short duration, whatever it says."""
        super().check_alignment(budget, change)
        if change.calendar_aligned is not None and not is_alignable(budget.reset_duration):
            raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")
