"""Servers that change or refuse a number."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal
from ...model import Store, Unit


@fault("limit-in-cents", "UPDATE", "must", proves=("UPDATE-12",))
class LimitInCents(Bodies):
    """The server rounds budget limits to cents."""

    def number(self, value: Any) -> float:
        return round(super().number(value), 2)


@fault("limit-as-float-32", "UPDATE", "must")
class LimitAsFloat32(Bodies):
    """The server keeps budget limits with 32-bit precision."""

    def number(self, value: Any) -> float:
        try:
            return float(struct.unpack("<f", struct.pack("<f", super().number(value)))[0])
        except OverflowError as error:
            raise Refusal(400, "max_limit is out of range") from error


@fault("limit-stored-rounded", "UPDATE", "must")
class LimitStoredRounded(Store):
    """The response shows the limit as sent, and the server stores whole dollars."""

    def save(self, unit: Unit) -> None:
        budget = unit.budget
        super().save(replace(unit, budget=budget and replace(budget, max_limit=math.floor(budget.max_limit) + 0.0)))


@fault("field-whole-dollars-on-update", "UPDATE", "must", origin="blind-2")
class WholeDollarsOnUpdate(Bodies):
    """An update cuts the cents off a budget limit."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = super().dollars(value, purpose)
        return float(int(amount)) if purpose == "update" and amount >= 1 else amount


@fault("third-large-limits-rounded-to-cents", "UPDATE", "must", origin="blind-3")
class LargeLimitsRoundedToCents(Bodies):
    """The server rounds budget limits of 1000 dollars and more to cents."""

    def dollars(self, value: Any, purpose: str) -> float:
        amount = super().dollars(value, purpose)
        return round(amount, 2) if amount >= 1000 else amount


@fault("fraction-of-cent-breaks", "UPDATE", "must")
class FractionOfCentBreaks(Bodies):
    """The server answers 500 to a limit with more than two decimals."""

    def number(self, value: Any) -> float:
        number = super().number(value)
        if round(number, 2) != number:
            raise ArithmeticError
        return number


@fault("counts-as-doubles", "UPDATE", "must", proves=("UPDATE-13",))
class CountsAsDoubles(Bodies):
    """The server reads counts as doubles, so counts beyond 2^53 lose their last digits."""

    def whole(self, value: Any, place: str) -> int:
        return int(float(super().whole(value, place)))


@fault("counts-wrap-at-32-bits", "UPDATE", "must")
class CountsWrapAt32Bits(Bodies):
    """The server keeps only the lowest 31 bits of a count."""

    def whole(self, value: Any, place: str) -> int:
        number = super().whole(value, place)
        return number if number <= 0 else number % 2**31 or 1


@fault("largest-count-breaks", "UPDATE", "must")
class LargestCountBreaks(Bodies):
    """The server answers 500 to the largest count of 64 bits."""

    def whole(self, value: Any, place: str) -> int:
        number = super().whole(value, place)
        if number == 2**63 - 1:
            raise OverflowError
        return number


@fault("exponents-refused", "UPDATE", "must")
class ExponentsRefused(Bodies):
    """The server refuses a limit that is written with an exponent."""

    def parse(self, body: bytes) -> Any:
        if re.search(rb":\s*[0-9.]+[eE]", body):
            raise ValueError("exponent")
        return super().parse(body)


@fault("trailing-zeros-refused", "UPDATE", "must")
class TrailingZerosRefused(Bodies):
    """The server refuses a limit that ends in .00."""

    def parse(self, body: bytes) -> Any:
        if re.search(rb"[0-9]\.0+[,}\s]", body):
            raise ValueError("fraction")
        return super().parse(body)
