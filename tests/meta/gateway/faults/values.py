"""Servers that accept numbers, durations and flags which they must refuse."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Json
from ..model import BudgetChange, RateLimit, RateLimitChange, WindowChange

# dollars


@fault("VALID", "must")
class LimitAsStringAccepted(Bodies):
    """A numeric string is a budget limit."""

    def number(self, value: Any) -> float:
        numeric = isinstance(value, str) and re.fullmatch(r"[0-9.]+", value)
        return super().number(float(value) if numeric else value)


@fault("VALID", "must")
class LimitAsBooleanAccepted(Bodies):
    """true is a budget limit of one dollar."""

    def number(self, value: Any) -> float:
        return 1.0 if value is True else super().number(value)


@fault("VALID", "must")
class LimitOfWrongTypeBreaks(Bodies):
    """A budget limit that is an object or an array is a 500."""

    def number(self, value: Any) -> float:
        assert not isinstance(value, dict | list)
        return super().number(value)


@fault("VALID", "must")
class HugeLimitBreaks(Bodies):
    """A budget limit beyond the range of doubles is a 500."""

    def number(self, value: Any) -> float:
        if isinstance(value, int | float) and abs(value) > 1.7e308:
            raise OverflowError
        return super().number(value)


@fault("VALID", "should")
class NegativeLimitAccepted(Bodies):
    """A budget limit may be negative."""

    def dollars(self, value: Any, purpose: str) -> float:
        number = self.number(value)
        return number if number < 0 else super().dollars(value, purpose)


@fault("VALID", "should")
class NegativeLimitAcceptedByUpdate(Bodies):
    """A budget limit may be negative in PUT; in POST it is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        return self.number(value) if purpose == "update" else super().dollars(value, purpose)


@fault("VALID", "should")
class NegativeLimitAcceptedByCreation(Bodies):
    """A budget limit may be negative in POST; in PUT it is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        return self.number(value) if purpose == "create" else super().dollars(value, purpose)


@fault("VALID", "should")
class ZeroLimitAccepted(Bodies):
    """A budget limit may be 0."""

    def dollars(self, value: Any, purpose: str) -> float:
        return 0.0 if self.number(value) == 0 else super().dollars(value, purpose)


@fault("VALID", "should")
class NegativeLimitMadePositive(Bodies):
    """The sign of a budget limit is dropped."""

    def dollars(self, value: Any, purpose: str) -> float:
        return super().dollars(abs(self.number(value)), purpose)


@fault("VALID", "should")
class ZeroLimitMeansUnchanged(Bodies):
    """A budget limit of 0 counts as not given."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        given = {name: value for name, value in raw.items() if name != "max_limit" or value != 0}
        return super().budget(given, purpose)


# counts


@fault("VALID", "must")
class CountAsStringAccepted(Bodies):
    """A numeric string is a rate limit."""

    def whole(self, value: Any, place: str) -> int:
        numeric = isinstance(value, str) and value.isdigit()
        return super().whole(int(value) if numeric else value, place)


@fault("VALID", "must")
class FractionOfCountCut(Bodies):
    """A rate limit of 1.5 counts as 1."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(int(value) if isinstance(value, float) else value, place)


@fault("VALID", "must")
class FractionOfRequestsCut(Bodies):
    """Requests, and only they, may have a fraction, which is cut."""

    def whole(self, value: Any, place: str) -> int:
        cut = isinstance(value, float) and place.startswith("request")
        return super().whole(int(value) if cut else value, place)


@fault("VALID", "must")
class CountAsBooleanAccepted(Bodies):
    """true is a rate limit of 1."""

    def whole(self, value: Any, place: str) -> int:
        return 1 if value is True else super().whole(value, place)


@fault("VALID", "must")
class CountBeyondRangeCapped(Bodies):
    """A rate limit beyond 64 bits counts as the largest."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(min(value, 2**63 - 1) if isinstance(value, int) else value, place)


@fault("VALID", "must")
class CountBeyondRangeBreaks(Bodies):
    """A rate limit beyond 64 bits is a 500."""

    def whole(self, value: Any, place: str) -> int:
        if isinstance(value, int) and value >= 2**63:
            raise OverflowError
        return super().whole(value, place)


@fault("VALID", "should")
class NegativeTokensAccepted(Bodies):
    """A limit on tokens may be negative."""

    def count(self, value: Any, place: str) -> int:
        number = self.whole(value, place)
        return number if place.startswith("token") and number < 0 else super().count(value, place)


@fault("VALID", "should")
class ZeroRequestsAccepted(Bodies):
    """A limit on requests may be 0."""

    def count(self, value: Any, place: str) -> int:
        number = self.whole(value, place)
        return 0 if place.startswith("request") and number == 0 else super().count(value, place)


@fault("VALID", "should")
class TokensWithoutDurationAccepted(Governance):
    """A limit on tokens may lack its duration."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        super().check_rate_limit(replace(rate_limit, token=replace(rate_limit.token, reset_duration="1h")), purpose)


@fault("VALID", "should")
class RequestsWithoutDurationAccepted(Governance):
    """A limit on requests may lack its duration."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        super().check_rate_limit(replace(rate_limit, request=replace(rate_limit.request, reset_duration="1h")), purpose)


@fault("VALID", "conformant")
class UpdatedRateLimitNotChecked(Governance):
    """A rate limit is checked when it is created, not when it is changed: a limit may lack its duration."""

    def change_rate_limit(self, rate_limit: RateLimit, change: RateLimitChange, now: int) -> RateLimit:
        def drops(half: WindowChange) -> bool:
            return half.max_limit is not None and half.reset_duration is None

        after = super().change_rate_limit(rate_limit, change, now)
        token = replace(after.token, reset_duration=None) if drops(change.token) else after.token
        request = replace(after.request, reset_duration=None) if drops(change.request) else after.request
        return replace(after, token=token, request=request)

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        if purpose == "create":
            super().check_rate_limit(rate_limit, purpose)


# durations and flags


@fault("VALID", "must")
class DurationAsNumberAccepted(Bodies):
    """A number is a duration in seconds."""

    def duration(self, value: Any, component: str) -> str:
        number = isinstance(value, int) and not isinstance(value, bool)
        return super().duration(f"{value}s" if number else value, component)


@fault("VALID", "must")
class NullDurationBreaks(Bodies):
    """reset_duration: null is a 500."""

    def duration(self, value: Any, component: str) -> str:
        assert value is not None
        return super().duration(value, component)


class _AcceptingDurations(Bodies):
    """Accepts the durations of one pattern besides the right ones."""

    accepted = re.compile(r"")

    def check_duration(self, text: str, component: str) -> None:
        if not self.accepted.fullmatch(text):
            super().check_duration(text, component)


@fault("VALID", "should")
class UnknownUnitAccepted(_AcceptingDurations):
    """Any letter is a unit, as in 1x."""

    accepted = re.compile(r"[1-9][0-9]*[A-Za-z]")


@fault("VALID", "should")
class EmptyDurationAccepted(_AcceptingDurations):
    """A duration may be empty."""


@fault("VALID", "should")
class BareNumberAccepted(_AcceptingDurations):
    """A duration may lack its unit."""

    accepted = re.compile(r"[1-9][0-9]*")


@fault("VALID", "should")
class ZeroDurationAccepted(_AcceptingDurations):
    """A duration may be 0."""

    accepted = re.compile(r"0+[smhdwMY]")


@fault("VALID", "should")
class NegativeDurationAccepted(_AcceptingDurations):
    """A duration may be negative."""

    accepted = re.compile(r"-[0-9]+[a-zA-Z]+")


@fault("VALID", "should")
class WordsAcceptedAsDurations(_AcceptingDurations):
    """daily, weekly and monthly are durations."""

    accepted = re.compile(r"daily|weekly|monthly|1 ?month")


@fault("VALID", "should")
class BlanksInDurationsAccepted(_AcceptingDurations):
    """A duration may have blanks around it or in it."""

    accepted = re.compile(r"\s*[1-9][0-9]*\s*[smhdwMY]\s*")


@fault("VALID", "should")
class DurationsInAnyCaseAccepted(_AcceptingDurations):
    """Units are read in any case, as in 1D."""

    accepted = re.compile(r"[0-9]+[SHDWy]")


@fault("VALID", "should")
class LongDurationAccepted(_AcceptingDurations):
    """A duration may be longer than 50 characters."""

    accepted = re.compile(r"[0-9]{50,}[smhdwMY]")


@fault("VALID", "should")
class MixedUnitsAccepted(_AcceptingDurations):
    """Days and hours may be put together, as in 1d12h."""

    accepted = re.compile(r"([0-9]+[dwMY])+([0-9]+[smh])+")


@fault("VALID", "should")
class DurationOfRateLimitNotChecked(Bodies):
    """The durations of a rate limit are not checked."""

    def check_duration(self, text: str, component: str) -> None:
        if component == "budget":
            super().check_duration(text, component)


@fault("VALID", "must")
class FlagAsStringAccepted(Bodies):
    """The strings "true" and "false" are booleans."""

    def flag(self, value: Any) -> bool:
        return super().flag({"true": True, "false": False}.get(value, value) if isinstance(value, str) else value)


@fault("VALID", "must")
class FlagAsNumberAccepted(Bodies):
    """0 and 1 are booleans."""

    def flag(self, value: Any) -> bool:
        return super().flag(bool(value) if isinstance(value, int) else value)
