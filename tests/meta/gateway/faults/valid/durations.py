"""Servers that accept invalid durations."""

from __future__ import annotations

import re
from dataclasses import replace

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange, RateLimit, Unit


class _AcceptingDurations(Bodies):
    """Accepts durations of one pattern in addition to valid ones."""

    accepted = re.compile(r"")

    def check_duration(self, text: str, component: str) -> None:
        if not self.accepted.fullmatch(text):
            super().check_duration(text, component)


@fault("words-accepted-as-durations", "VALID", "should", proves=("VALID-07",))
class WordsAcceptedAsDurations(_AcceptingDurations):
    """The server accepts words, such as daily, as durations."""

    accepted = re.compile(r"daily|weekly|monthly|1 ?month")


@fault("bare-number-accepted", "VALID", "should")
class BareNumberAccepted(_AcceptingDurations):
    """The server accepts a duration without a unit."""

    accepted = re.compile(r"[1-9][0-9]*")


@fault("blanks-in-durations-accepted", "VALID", "should")
class BlanksInDurationsAccepted(_AcceptingDurations):
    """The server accepts blanks in durations."""

    accepted = re.compile(r"\s*[1-9][0-9]*\s*[smhdwMY]\s*")


@fault("durations-in-any-case-accepted", "VALID", "should")
class DurationsInAnyCaseAccepted(_AcceptingDurations):
    """The server accepts units in the wrong case, such as 1D."""

    accepted = re.compile(r"[0-9]+[SHDWy]")


@fault("empty-duration-accepted", "VALID", "should")
class EmptyDurationAccepted(_AcceptingDurations):
    """The server accepts an empty duration."""


@fault("mixed-units-accepted", "VALID", "should")
class MixedUnitsAccepted(_AcceptingDurations):
    """The server accepts calendar and clock units in one duration, such as 1d12h."""

    accepted = re.compile(r"([0-9]+[dwMY])+([0-9]+[smh])+")


@fault("unknown-unit-accepted", "VALID", "should")
class UnknownUnitAccepted(_AcceptingDurations):
    """The server accepts any letter as a unit, such as 1x."""

    accepted = re.compile(r"[1-9][0-9]*[A-Za-z]")


@fault("negative-duration-accepted", "VALID", "should", proves=("VALID-08",))
class NegativeDurationAccepted(_AcceptingDurations):
    """The server accepts a negative duration."""

    accepted = re.compile(r"-[0-9]+[a-zA-Z]+")


@fault("zero-duration-accepted", "VALID", "should")
class ZeroDurationAccepted(_AcceptingDurations):
    """The server accepts a duration of 0."""

    accepted = re.compile(r"0+[smhdwMY]")


@fault("long-duration-accepted", "VALID", "should", proves=("VALID-25",))
class LongDurationAccepted(_AcceptingDurations):
    """The server accepts a duration of more than 50 characters."""

    accepted = re.compile(r"[0-9]{50,}[smhdwMY]")


@fault("duration-of-rate-limit-not-checked", "VALID", "should")
class DurationOfRateLimitNotChecked(Bodies):
    """The server does not check durations of rate limits."""

    def check_duration(self, text: str, component: str) -> None:
        if component == "budget":
            super().check_duration(text, component)


@fault("field-unit-is-enough", "VALID", "should", origin="blind-2")
class UnitIsEnough(Bodies):
    """The server accepts any budget duration that ends in d, w, M or Y."""

    def check_duration(self, text: str, component: str) -> None:
        if component != "budget" or text[-1:] not in "dwMY":
            super().check_duration(text, component)


@fault("tokens-without-duration-accepted", "VALID", "should", proves=("CREATE-05",))
class TokensWithoutDurationAccepted(Governance):
    """The server accepts a first token limit without a duration."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        super().check_rate_limit(replace(rate_limit, token=replace(rate_limit.token, reset_duration="1h")), purpose)


@fault("requests-without-duration-accepted", "VALID", "should")
class RequestsWithoutDurationAccepted(Governance):
    """The server accepts a first request limit without a duration."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        super().check_rate_limit(replace(rate_limit, request=replace(rate_limit.request, reset_duration="1h")), purpose)


@fault("field-alignment-silently-dropped", "VALID", "must", origin="blind-2")
class AlignmentSilentlyDropped(Governance):
    """The server ignores calendar_aligned beside a short duration in the same body."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        try:
            return super().budget_after(unit, change, now)
        except Refusal:
            if change is None or not change.calendar_aligned or change.reset_duration is None:
                raise
            return super().budget_after(unit, replace(change, calendar_aligned=False), now)


@fault("field-alignment-by-length", "VALID", "should", proves=("VALID-24",), origin="blind-2")
class AlignmentByLength(Governance):
    """The server accepts calendar alignment of clock durations of a day or more, such as 48h."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if (periods.duration(budget.reset_duration) or 0) < periods.DAY:
            super().check_alignment(budget, change)
