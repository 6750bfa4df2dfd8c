"""Servers that misread numbers with an exponent."""

from __future__ import annotations

import json
import re
from typing import Any

from ...assembly import fault
from ...bodies import Bodies


class _Written(float):
    """A number that remembers its digits before a point or an exponent."""

    def __new__(cls, text: str) -> _Written:
        number = super().__new__(cls, text)
        number.digits = int(re.split("[.eE]", text)[0])
        return number

    digits: int


@fault("quiet-exponent-of-count-dropped", "must", origin="blind-10")
class ExponentOfCountDropped(Bodies):
    """The server reads a token or request limit up to its point or exponent, so 5e3 becomes 5 and 1.2e4 becomes 1."""

    def parse(self, body: bytes) -> Any:
        super().parse(body)
        return json.loads(body, parse_float=_Written, object_pairs_hook=self.members)

    def whole(self, value: Any, place: str) -> int:
        number = super().whole(value, place)
        return value.digits if isinstance(value, _Written) else number


def _without_sign(text: str) -> float:
    return float(re.sub("([eE])-", r"\1", text))


@fault("scarce-sign-of-exponent-lost", "must", origin="blind-9")
class SignOfExponentLost(Bodies):
    """The server reads a number with a negative exponent as if the exponent were positive, so 25e-1 becomes 250."""

    def parse(self, body: bytes) -> Any:
        super().parse(body)
        return json.loads(body, parse_float=_without_sign, object_pairs_hook=self.members)


@fault("seldom-fraction-before-exponent-lost", "must", origin="blind-11")
class FractionBeforeExponentLost(Bodies):
    """The server drops the fraction of a number that also has an exponent, so 2.5e3 becomes 2000."""

    def parse(self, body: bytes) -> Any:
        super().parse(body)
        return json.loads(body, parse_float=_without_fraction, object_pairs_hook=self.members)


def _without_fraction(text: str) -> float:
    shorter = float(re.sub(r"\.[0-9]+(?=[eE])", "", text))
    return shorter or float(text)
