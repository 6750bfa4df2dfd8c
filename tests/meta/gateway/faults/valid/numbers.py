"""Servers that accept invalid numbers."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json
from ...model import BudgetChange, Change


@fault("negative-limit-accepted", "VALID", "should", proves=("VALID-05",))
class NegativeLimitAccepted(Bodies):
    """A budget limit may be negative."""

    def dollars(self, value: Any, purpose: str) -> float:
        number = self.number(value)
        return number if number < 0 else super().dollars(value, purpose)


@fault("negative-limit-made-positive", "VALID", "should")
class NegativeLimitMadePositive(Bodies):
    """The sign of a budget limit is dropped."""

    def dollars(self, value: Any, purpose: str) -> float:
        return super().dollars(abs(self.number(value)), purpose)


@fault("negative-limit-accepted-by-update", "VALID", "should")
class NegativeLimitAcceptedByUpdate(Bodies):
    """A budget limit may be negative in PUT; in POST it is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        return self.number(value) if purpose == "update" else super().dollars(value, purpose)


@fault("negative-limit-accepted-by-creation", "VALID", "should")
class NegativeLimitAcceptedByCreation(Bodies):
    """A budget limit may be negative in POST; in PUT it is refused."""

    def dollars(self, value: Any, purpose: str) -> float:
        return self.number(value) if purpose == "create" else super().dollars(value, purpose)


@fault("negative-tokens-accepted", "VALID", "should")
class NegativeTokensAccepted(Bodies):
    """A limit on tokens may be negative."""

    def count(self, value: Any, place: str) -> int:
        number = self.whole(value, place)
        return number if place.startswith("token") and number < 0 else super().count(value, place)


@fault("field-request-limit-unchecked", "VALID", "should", origin="blind-2")
class RequestLimitUnchecked(Bodies):
    """A copied check looks at the token limit twice: a negative request limit is stored."""

    def count(self, value: Any, place: str) -> int:
        return self.whole(value, place) if place == "request_max_limit" else super().count(value, place)


@fault("zero-limit-accepted", "VALID", "should", proves=("VALID-06",))
class ZeroLimitAccepted(Bodies):
    """A budget limit may be 0."""

    def dollars(self, value: Any, purpose: str) -> float:
        return 0.0 if self.number(value) == 0 else super().dollars(value, purpose)


@fault("zero-limit-means-unchanged", "VALID", "should")
class ZeroLimitMeansUnchanged(Bodies):
    """A budget limit of 0 counts as not given."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        given = {name: value for name, value in raw.items() if name != "max_limit" or value != 0}
        return super().budget(given, purpose)


@fault("zero-requests-accepted", "VALID", "should")
class ZeroRequestsAccepted(Bodies):
    """A limit on requests may be 0."""

    def count(self, value: Any, place: str) -> int:
        number = self.whole(value, place)
        return 0 if place.startswith("request") and number == 0 else super().count(value, place)


@fault("fraction-of-count-cut", "VALID", "must", proves=("VALID-09",))
class FractionOfCountCut(Bodies):
    """A rate limit of 1.5 counts as 1."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(int(value) if isinstance(value, float) else value, place)


class _LaxCreation(Bodies):
    """Reads counts otherwise in a creation."""

    creating = False

    def creation(self, document: Any) -> Change:
        self.creating = True
        try:
            return super().creation(document)
        finally:
            self.creating = False

    def whole(self, value: Any, place: str) -> int:
        return super().whole(self.read(value) if self.creating else value, place)

    def read(self, value: Any) -> Any:
        """Return what counts as the value."""
        return value


@fault("fraction-of-count-cut-by-creation", "VALID", "must")
class FractionOfCountCutByCreation(_LaxCreation):
    """A count of 1.5 counts as 1 in POST; in PUT it is refused."""

    def read(self, value: Any) -> Any:
        return int(value) if isinstance(value, float) else value


@fault("fraction-of-requests-cut", "VALID", "must")
class FractionOfRequestsCut(Bodies):
    """Requests, and only they, may have a fraction, which is cut."""

    def whole(self, value: Any, place: str) -> int:
        cut = isinstance(value, float) and place.startswith("request")
        return super().whole(int(value) if cut else value, place)


@fault("count-beyond-range-capped", "VALID", "must", proves=("VALID-10",))
class CountBeyondRangeCapped(Bodies):
    """A rate limit beyond 64 bits counts as the largest."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(min(value, 2**63 - 1) if isinstance(value, int) else value, place)


@fault("count-beyond-range-capped-by-creation", "VALID", "must")
class CountBeyondRangeCappedByCreation(_LaxCreation):
    """A count beyond 64 bits counts as the largest in POST; in PUT it is refused."""

    def read(self, value: Any) -> Any:
        return min(max(value, 1), 2**63 - 1) if type(value) is int else value


@fault("count-beyond-range-breaks", "VALID", "must")
class CountBeyondRangeBreaks(Bodies):
    """A rate limit beyond 64 bits is a 500."""

    def whole(self, value: Any, place: str) -> int:
        if isinstance(value, int) and value >= 2**63:
            raise OverflowError
        return super().whole(value, place)


@fault("huge-limit-breaks", "VALID", "must")
class HugeLimitBreaks(Bodies):
    """A budget limit beyond the range of doubles is a 500."""

    def number(self, value: Any) -> float:
        if isinstance(value, int | float) and abs(value) > 1.7e308:
            raise OverflowError
        return super().number(value)


@fault("field-overflow-is-largest", "VALID", "must", origin="blind-2")
class OverflowIsLargest(Bodies):
    """A number that no float can hold, 1e400, is stored as the largest one."""

    def number(self, value: Any) -> float:
        return super().number(1e308 if value == float("inf") else value)
