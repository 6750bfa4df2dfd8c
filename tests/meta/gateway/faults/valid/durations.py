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
    """Accepts the durations of one pattern besides the right ones."""

    accepted = re.compile(r"")

    def check_duration(self, text: str, component: str) -> None:
        if not self.accepted.fullmatch(text):
            super().check_duration(text, component)


@fault("words-accepted-as-durations", "VALID", "should", proves=("VALID-07",))
class WordsAcceptedAsDurations(_AcceptingDurations):
    """daily, weekly and monthly are durations."""

    accepted = re.compile(r"daily|weekly|monthly|1 ?month")


@fault("bare-number-accepted", "VALID", "should")
class BareNumberAccepted(_AcceptingDurations):
    """A duration may lack its unit."""

    accepted = re.compile(r"[1-9][0-9]*")


@fault("blanks-in-durations-accepted", "VALID", "should")
class BlanksInDurationsAccepted(_AcceptingDurations):
    """A duration may have blanks around it or in it."""

    accepted = re.compile(r"\s*[1-9][0-9]*\s*[smhdwMY]\s*")


@fault("durations-in-any-case-accepted", "VALID", "should")
class DurationsInAnyCaseAccepted(_AcceptingDurations):
    """Units are read in any case, as in 1D."""

    accepted = re.compile(r"[0-9]+[SHDWy]")


@fault("empty-duration-accepted", "VALID", "should")
class EmptyDurationAccepted(_AcceptingDurations):
    """A duration may be empty."""


@fault("mixed-units-accepted", "VALID", "should")
class MixedUnitsAccepted(_AcceptingDurations):
    """Days and hours may be put together, as in 1d12h."""

    accepted = re.compile(r"([0-9]+[dwMY])+([0-9]+[smh])+")


@fault("unknown-unit-accepted", "VALID", "should")
class UnknownUnitAccepted(_AcceptingDurations):
    """Any letter is a unit, as in 1x."""

    accepted = re.compile(r"[1-9][0-9]*[A-Za-z]")


@fault("negative-duration-accepted", "VALID", "should", proves=("VALID-08",))
class NegativeDurationAccepted(_AcceptingDurations):
    """A duration may be negative."""

    accepted = re.compile(r"-[0-9]+[a-zA-Z]+")


@fault("zero-duration-accepted", "VALID", "should")
class ZeroDurationAccepted(_AcceptingDurations):
    """A duration may be 0."""

    accepted = re.compile(r"0+[smhdwMY]")


@fault("long-duration-accepted", "VALID", "should", proves=("VALID-25",))
class LongDurationAccepted(_AcceptingDurations):
    """A duration may be longer than 50 characters."""

    accepted = re.compile(r"[0-9]{50,}[smhdwMY]")


@fault("duration-of-rate-limit-not-checked", "VALID", "should")
class DurationOfRateLimitNotChecked(Bodies):
    """The durations of a rate limit are not checked."""

    def check_duration(self, text: str, component: str) -> None:
        if component == "budget":
            super().check_duration(text, component)


@fault("field-unit-is-enough", "VALID", "should", origin="blind-2")
class UnitIsEnough(Bodies):
    """Calendar durations are checked by their last character: `xd` is stored for a budget."""

    def check_duration(self, text: str, component: str) -> None:
        if component != "budget" or text[-1:] not in "dwMY":
            super().check_duration(text, component)


@fault("tokens-without-duration-accepted", "VALID", "should", proves=("CREATE-05",))
class TokensWithoutDurationAccepted(Governance):
    """A limit on tokens may lack its duration."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        super().check_rate_limit(replace(rate_limit, token=replace(rate_limit.token, reset_duration="1h")), purpose)


@fault("requests-without-duration-accepted", "VALID", "should")
class RequestsWithoutDurationAccepted(Governance):
    """A limit on requests may lack its duration."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        super().check_rate_limit(replace(rate_limit, request=replace(rate_limit.request, reset_duration="1h")), purpose)


@fault("field-alignment-silently-dropped", "VALID", "must", origin="blind-2")
class AlignmentSilentlyDropped(Governance):
    """The flag with a duration of hours is dropped and the rest stored, instead of 400."""

    def budget_after(self, unit: Unit, change: BudgetChange | None, now: int) -> Budget | None:
        try:
            return super().budget_after(unit, change, now)
        except Refusal:
            if change is None or not change.calendar_aligned or change.reset_duration is None:
                raise
            return super().budget_after(unit, replace(change, calendar_aligned=False), now)


@fault("field-alignment-by-length", "VALID", "should", proves=("VALID-24",), origin="blind-2")
class AlignmentByLength(Governance):
    """Whether a duration can follow the calendar is told by its length: 24h and 48h pass, clock units or not."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if (periods.duration(budget.reset_duration) or 0) < periods.DAY:
            super().check_alignment(budget, change)
