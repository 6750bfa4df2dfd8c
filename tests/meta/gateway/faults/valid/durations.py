"""Servers that accept invalid durations."""

from __future__ import annotations

import re
from dataclasses import replace

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...model import Budget, BudgetChange, RateLimit


class _AcceptingDurations(Bodies):
    """Accepts durations of one pattern in addition to valid ones."""

    accepted = re.compile(r"")

    def check_duration(self, text: str, component: str) -> None:
        if not self.accepted.fullmatch(text):
            super().check_duration(text, component)


@fault("words-accepted-as-durations", "should", proves=("VALID-07",))
class WordsAcceptedAsDurations(_AcceptingDurations):
    """The server accepts words, such as daily, as durations."""

    accepted = re.compile(r"daily|weekly|monthly|1 ?month")


@fault("bare-number-accepted", "should")
class BareNumberAccepted(_AcceptingDurations):
    """The server accepts a duration without a unit."""

    accepted = re.compile(r"[1-9][0-9]*")


@fault("blanks-in-durations-accepted", "should")
class BlanksInDurationsAccepted(_AcceptingDurations):
    """The server accepts blanks in durations."""

    accepted = re.compile(r"\s*[1-9][0-9]*\s*[smhdwMY]\s*")


@fault("durations-in-any-case-accepted", "should")
class DurationsInAnyCaseAccepted(_AcceptingDurations):
    """The server accepts units in the wrong case, such as 1D."""

    accepted = re.compile(r"[0-9]+[SHDWy]")


@fault("empty-duration-accepted", "should")
class EmptyDurationAccepted(_AcceptingDurations):
    """The server accepts an empty duration."""


@fault("mixed-units-accepted", "should")
class MixedUnitsAccepted(_AcceptingDurations):
    """The server accepts calendar and clock units in one duration, such as 1d12h."""

    accepted = re.compile(r"([0-9]+[dwMY])+([0-9]+[smh])+")


@fault("unknown-unit-accepted", "should")
class UnknownUnitAccepted(_AcceptingDurations):
    """The server accepts any letter as a unit, such as 1x."""

    accepted = re.compile(r"[1-9][0-9]*[A-Za-z]")


@fault("negative-duration-accepted", "should", proves=("VALID-08",))
class NegativeDurationAccepted(_AcceptingDurations):
    """The server accepts a negative duration."""

    accepted = re.compile(r"-[0-9]+[a-zA-Z]+")


@fault("zero-duration-accepted", "should")
class ZeroDurationAccepted(_AcceptingDurations):
    """The server accepts a duration of 0."""

    accepted = re.compile(r"0+[smhdwMY]")


@fault("long-duration-accepted", "should", proves=("VALID-25",))
class LongDurationAccepted(_AcceptingDurations):
    """The server accepts a duration of more than 50 characters."""

    accepted = re.compile(r"[0-9]{50,}[smhdwMY]")


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
