"""Servers that accept invalid numbers."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json
from ...model import BudgetChange, Change


@fault("negative-limit-accepted", "VALID", "should", proves=("VALID-05",))
class NegativeLimitAccepted(Bodies):
    """The server accepts a negative budget limit."""

    def dollars(self, value: Any, purpose: str) -> float:
        number = self.number(value)
        return number if number < 0 else super().dollars(value, purpose)


@fault("negative-limit-made-positive", "VALID", "should")
class NegativeLimitMadePositive(Bodies):
    """The server drops the sign of a budget limit."""

    def dollars(self, value: Any, purpose: str) -> float:
        return super().dollars(abs(self.number(value)), purpose)


@fault("negative-limit-accepted-by-update", "VALID", "should")
class NegativeLimitAcceptedByUpdate(Bodies):
    """An update accepts a negative or zero budget limit."""

    def dollars(self, value: Any, purpose: str) -> float:
        return self.number(value) if purpose == "update" else super().dollars(value, purpose)


@fault("negative-limit-accepted-by-creation", "VALID", "should")
class NegativeLimitAcceptedByCreation(Bodies):
    """The creation of governance accepts a negative or zero budget limit."""

    def dollars(self, value: Any, purpose: str) -> float:
        return self.number(value) if purpose == "create" else super().dollars(value, purpose)


@fault("negative-tokens-accepted", "VALID", "should")
class NegativeTokensAccepted(Bodies):
    """The server accepts a negative token limit."""

    def count(self, value: Any, place: str) -> int:
        number = self.whole(value, place)
        return number if place.startswith("token") and number < 0 else super().count(value, place)


@fault("field-request-limit-unchecked", "VALID", "should", origin="blind-2")
class RequestLimitUnchecked(Bodies):
    """The server accepts a negative or zero request limit."""

    def count(self, value: Any, place: str) -> int:
        return self.whole(value, place) if place == "request_max_limit" else super().count(value, place)


@fault("zero-limit-accepted", "VALID", "should", proves=("VALID-06",))
class ZeroLimitAccepted(Bodies):
    """The server accepts a budget limit of 0."""

    def dollars(self, value: Any, purpose: str) -> float:
        return 0.0 if self.number(value) == 0 else super().dollars(value, purpose)


@fault("zero-limit-means-unchanged", "VALID", "should")
class ZeroLimitMeansUnchanged(Bodies):
    """The server ignores a budget limit of 0."""

    def budget(self, raw: Json, purpose: str) -> BudgetChange:
        given = {name: value for name, value in raw.items() if name != "max_limit" or value != 0}
        return super().budget(given, purpose)


@fault("zero-requests-accepted", "VALID", "should")
class ZeroRequestsAccepted(Bodies):
    """The server accepts a request limit of 0."""

    def count(self, value: Any, place: str) -> int:
        number = self.whole(value, place)
        return 0 if place.startswith("request") and number == 0 else super().count(value, place)


@fault("fraction-of-count-cut", "VALID", "must", proves=("VALID-09",))
class FractionOfCountCut(Bodies):
    """The server cuts the fraction off a count."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(int(value) if isinstance(value, float) else value, place)


class _LaxCreation(Bodies):
    """Reads counts differently when governance is created."""

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
        """Return the value that is used instead."""
        return value


@fault("fraction-of-count-cut-by-creation", "VALID", "must")
class FractionOfCountCutByCreation(_LaxCreation):
    """The creation of governance cuts the fraction off a count."""

    def read(self, value: Any) -> Any:
        return int(value) if isinstance(value, float) else value


@fault("fraction-of-requests-cut", "VALID", "must")
class FractionOfRequestsCut(Bodies):
    """The server cuts the fraction off a request limit."""

    def whole(self, value: Any, place: str) -> int:
        cut = isinstance(value, float) and place.startswith("request")
        return super().whole(int(value) if cut else value, place)


@fault("count-beyond-range-capped", "VALID", "must", proves=("VALID-10",))
class CountBeyondRangeCapped(Bodies):
    """The server stores a count beyond 64 bits as the largest count."""

    def whole(self, value: Any, place: str) -> int:
        return super().whole(min(value, 2**63 - 1) if isinstance(value, int) else value, place)


@fault("count-beyond-range-capped-by-creation", "VALID", "must")
class CountBeyondRangeCappedByCreation(_LaxCreation):
    """The creation of governance stores a count beyond 64 bits as the largest count."""

    def read(self, value: Any) -> Any:
        return min(max(value, 1), 2**63 - 1) if type(value) is int else value


@fault("count-beyond-range-breaks", "VALID", "must")
class CountBeyondRangeBreaks(Bodies):
    """The server answers 500 to a count beyond 64 bits."""

    def whole(self, value: Any, place: str) -> int:
        if isinstance(value, int) and value >= 2**63:
            raise OverflowError
        return super().whole(value, place)


@fault("huge-limit-breaks", "VALID", "must")
class HugeLimitBreaks(Bodies):
    """The server answers 500 to a budget limit beyond the range of doubles."""

    def number(self, value: Any) -> float:
        if isinstance(value, int | float) and abs(value) > 1.7e308:
            raise OverflowError
        return super().number(value)


@fault("field-overflow-is-largest", "VALID", "must", origin="blind-2")
class OverflowIsLargest(Bodies):
    """The server stores a budget limit beyond the range of doubles as the largest one."""

    def number(self, value: Any) -> float:
        return super().number(1e308 if value == float("inf") else value)
