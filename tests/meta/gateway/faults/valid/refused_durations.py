"""Servers that refuse or misread valid durations."""

from __future__ import annotations

import re
from typing import Any

from ...assembly import Fault, Level, fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange
from ...periods import is_alignable


def _refusing(name: str, level: Level, pattern: str, what: str, **options: Any) -> Fault:
    """Make a fault of a server that refuses the durations of a pattern in addition to invalid ones."""

    def check_duration(self: Bodies, text: str, component: str) -> None:
        Bodies.check_duration(self, text, component)
        if re.fullmatch(pattern, text):
            raise Refusal(400, f"invalid {component} reset duration")

    description = f"The server refuses {what}."
    return fault(name, level, Bodies.check_duration, description=description, **options)(check_duration)


OF_A_PATTERN = [
    _refusing("months-refused", "must", r".*M", "durations in months"),
    _refusing("years-refused", "must", r".*Y", "durations in years", proves=("UPDATE-14",)),
    _refusing("seconds-refused", "must", r"[0-9]+s", "durations in seconds"),
    _refusing(
        "only-single-periods-accepted",
        "must",
        r"(?!1[a-zA-Z])(?!30s|5m|15m|30m|6h).*",
        "durations of more than one unit, such as 3M",
    ),
    _refusing("compound-durations-refused", "should", r"[0-9]+[hm][0-9]+[ms]", "compound durations, such as 1h30m"),
    _refusing(
        "fractions-of-durations-refused",
        "should",
        r".*\..*",
        "durations with a fraction, such as 1.5d",
        proves=("UPDATE-24",),
    ),
    _refusing(
        "third-compound-durations-cut-short",
        "should",
        r".{11,}",
        "durations of more than ten characters",
        origin="blind-3",
    ),
    _refusing(
        "third-micro-sign-refused",
        "should",
        r".*[^\x00-\x7f].*",
        "durations with the sign µ, such as 500µs",
        origin="blind-3",
    ),
]


@fault("field-years-refused", "must", Bodies.check_duration, origin="blind-2")
def budget_years_refused(self: Bodies, text: str, component: str) -> None:
    """The server refuses budget durations in years."""
    Bodies.check_duration(self, text, component)
    if component == "budget" and text.endswith("Y"):
        raise Refusal(400, "invalid budget reset duration")


@fault("field-weeks-refused-for-rate-limits", "must", Bodies.check_duration, origin="blind-2")
def weeks_refused_for_rate_limits(self: Bodies, text: str, component: str) -> None:
    """The server refuses rate limit durations in weeks."""
    Bodies.check_duration(self, text, component)
    if component == "rate_limit" and text.endswith("w"):
        raise Refusal(400, "invalid rate_limit reset duration")


@fault("third-false-flag-needs-days", "must", Governance.check_alignment, proves=("UPDATE-20",), origin="blind-3")
def false_flag_needs_days(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server refuses calendar_aligned: false with a short duration."""
    Governance.check_alignment(self, budget, change)
    if change.calendar_aligned is not None and not is_alignable(budget.reset_duration):
        raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")


@fault("rare-long-counts-in-durations-refused", "should", origin="blind-4")
class LongCountsInDurationsRefused(Bodies):
    """The server refuses durations with a number of ten or more digits, such as 3600000000000ns."""

    def check_duration(self, text: str, component: str) -> None:
        super().check_duration(text, component)
        if re.search(r"(?<![.0-9])[0-9]{10}", text):
            raise Refusal(400, f"invalid {component} reset duration")


@fault("seldom-zero-led-duration-read-as-octal", "should", Bodies.duration, origin="blind-11")
def zero_led_duration_read_as_octal(self: Bodies, value: Any, component: str) -> str:
    """The server reads the number of a duration with a leading zero as octal: 010h becomes 8h, and 08h is refused."""
    text = Bodies.duration(self, value, component)
    match = re.fullmatch(r"0+([0-9]+)([a-zA-Zµ]+)", text)
    if match is None:
        return text
    try:
        number = int(match[1], 8)
    except ValueError as error:
        raise Refusal(400, f"invalid {component} reset duration") from error
    return text if number == int(match[1]) else f"{number}{match[2]}"


@fault("quiet-zero-parts-refused", "should", Bodies.check_duration, origin="blind-10")
def zero_parts_refused(self: Bodies, text: str, component: str) -> None:
    """The server refuses a duration with a part of zero beside other parts, such as 1h0m."""
    Bodies.check_duration(self, text, component)
    if re.search(r"(?<![0-9.])0+(?:[.]0*)?(?:ns|us|µs|ms|s|m|h)", text):
        raise Refusal(400, f"invalid {component} reset duration")
