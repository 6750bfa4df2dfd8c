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
    """Refuses durations of one pattern in addition to invalid ones."""

    refused = re.compile(r"(?!)")

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if self.refused.fullmatch(text):
            raise Refusal(400, f"invalid {component} reset duration")


@fault("months-refused", "must")
class MonthsRefused(_RefusingDurations):
    """The server refuses durations in months."""

    refused = re.compile(r".*M")


@fault("years-refused", "must", proves=("UPDATE-14",))
class YearsRefused(_RefusingDurations):
    """The server refuses durations in years."""

    refused = re.compile(r".*Y")


@fault("seconds-refused", "must")
class SecondsRefused(_RefusingDurations):
    """The server refuses durations in seconds."""

    refused = re.compile(r"[0-9]+s")


@fault("only-single-periods-accepted", "must", proves=("UPDATE-20",))
class OnlySinglePeriodsAccepted(_RefusingDurations):
    """The server refuses durations of more than one unit, such as 3M."""

    refused = re.compile(r"(?!1[a-zA-Z])(?!30s|5m|15m|30m|6h).*")


@fault("compound-durations-refused", "should")
class CompoundDurationsRefused(_RefusingDurations):
    """The server refuses compound durations, such as 1h30m."""

    refused = re.compile(r"[0-9]+[hm][0-9]+[ms]")


@fault("fractions-of-durations-refused", "should", proves=("UPDATE-24",))
class FractionsOfDurationsRefused(_RefusingDurations):
    """The server refuses durations with a fraction, such as 1.5d."""

    refused = re.compile(r".*\..*")


@fault("field-weeks-refused-for-rate-limits", "must", Bodies.check_duration, origin="blind-2")
def weeks_refused_for_rate_limits(self: Bodies, text: str, component: str) -> None:
    """The server refuses rate limit durations in weeks."""
    Bodies.check_duration(self, text, component)
    if component == "rate_limit" and text.endswith("w"):
        raise Refusal(400, "invalid rate_limit reset duration")


@fault("third-compound-durations-cut-short", "should", Bodies.check_duration, origin="blind-3")
def compound_durations_cut_short(self: Bodies, text: str, component: str) -> None:
    """The server refuses durations of more than ten characters."""
    Bodies.check_duration(self, text, component)
    if len(text) > 10:
        raise Refusal(400, f"invalid {component} reset duration")


@fault("third-micro-sign-refused", "should", Bodies.check_duration, origin="blind-3")
def micro_sign_refused(self: Bodies, text: str, component: str) -> None:
    """The server refuses durations with the sign µ, such as 500µs."""
    Bodies.check_duration(self, text, component)
    if not text.isascii():
        raise Refusal(400, f"invalid {component} reset duration")


@fault("third-false-flag-needs-days", "must", Governance.check_alignment, origin="blind-3")
def false_flag_needs_days(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server refuses calendar_aligned: false with a short duration."""
    Governance.check_alignment(self, budget, change)
    if change.calendar_aligned is not None and not is_alignable(budget.reset_duration):
        raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")
