"""Servers that accept invalid durations."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ... import periods
from ...assembly import Fault, Level, fault
from ...bodies import Bodies
from ...governance import Governance
from ...model import Budget, BudgetChange, RateLimit


def _accepting(name: str, level: Level, pattern: str, what: str, **options: Any) -> Fault:
    """Make a fault of a server that accepts the durations of a pattern in addition to valid ones."""

    def check_duration(self: Bodies, text: str, component: str) -> None:
        if not re.fullmatch(pattern, text):
            Bodies.check_duration(self, text, component)

    description = f"The server accepts {what}."
    return fault(name, level, Bodies.check_duration, description=description, **options)(check_duration)


OF_A_PATTERN = [
    _accepting(
        "words-accepted-as-durations",
        "should",
        r"daily|weekly|monthly|1 ?month",
        "words, such as daily, as durations",
        proves=("VALID-07",),
    ),
    _accepting("bare-number-accepted", "should", r"[1-9][0-9]*", "a duration without a unit"),
    _accepting("blanks-in-durations-accepted", "should", r"\s*[1-9][0-9]*\s*[smhdwMY]\s*", "blanks in durations"),
    _accepting("durations-in-any-case-accepted", "should", r"[0-9]+[SHDWy]", "units in the wrong case, such as 1D"),
    _accepting("empty-duration-accepted", "should", "", "an empty duration"),
    _accepting(
        "mixed-units-accepted",
        "should",
        r"([0-9]+[dwMY])+([0-9]+[smh])+",
        "calendar and clock units in one duration, such as 1d12h",
    ),
    _accepting("unknown-unit-accepted", "should", r"[1-9][0-9]*[A-Za-z]", "any letter as a unit, such as 1x"),
    _accepting(
        "negative-duration-accepted", "should", r"-[0-9]+[a-zA-Z]+", "a negative duration", proves=("VALID-08",)
    ),
    _accepting("zero-duration-accepted", "should", r"0+[smhdwMY]", "a duration of 0"),
    _accepting(
        "long-duration-accepted",
        "should",
        r"[0-9]{50,}[smhdwMY]",
        "a duration of more than 50 characters",
        proves=("VALID-25",),
    ),
]


@fault("duration-of-rate-limit-not-checked", "should", Bodies.check_duration)
def duration_of_rate_limit_not_checked(self: Bodies, text: str, component: str) -> None:
    """The server does not check durations of rate limits."""
    if component == "budget":
        Bodies.check_duration(self, text, component)


@fault("field-unit-is-enough", "should", Bodies.check_duration, origin="blind-2")
def unit_is_enough(self: Bodies, text: str, component: str) -> None:
    """The server accepts any budget duration that ends in d, w, M or Y."""
    if component != "budget" or text[-1:] not in "dwMY":
        Bodies.check_duration(self, text, component)


@fault("tokens-without-duration-accepted", "should", Governance.check_rate_limit, proves=("CREATE-05",))
def tokens_without_duration_accepted(self: Governance, rate_limit: RateLimit, purpose: str) -> None:
    """The server accepts a first token limit without a duration."""
    Governance.check_rate_limit(
        self, replace(rate_limit, token=replace(rate_limit.token, reset_duration="1h")), purpose
    )


@fault("requests-without-duration-accepted", "should", Governance.check_rate_limit)
def requests_without_duration_accepted(self: Governance, rate_limit: RateLimit, purpose: str) -> None:
    """The server accepts a first request limit without a duration."""
    Governance.check_rate_limit(
        self, replace(rate_limit, request=replace(rate_limit.request, reset_duration="1h")), purpose
    )


@fault("field-alignment-by-length", "should", Governance.check_alignment, proves=("VALID-24",), origin="blind-2")
def alignment_by_length(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server accepts calendar alignment of clock durations of a day or more, such as 48h."""
    if (periods.duration(budget.reset_duration) or 0) < periods.DAY:
        Governance.check_alignment(self, budget, change)
