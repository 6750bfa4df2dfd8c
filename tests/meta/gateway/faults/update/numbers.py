"""Servers that change or refuse a number."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal
from ...model import Change, Half, HalfChange, Store, Unit


@fault("limit-in-cents", "must", Bodies.number, proves=("UPDATE-12",))
def limit_in_cents(self: Bodies, value: Any) -> float:
    """The server rounds budget limits to cents."""
    return round(Bodies.number(self, value), 2)


@fault("limit-as-float-32", "must", Bodies.number)
def limit_as_float_32(self: Bodies, value: Any) -> float:
    """The server keeps budget limits with 32-bit precision."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", Bodies.number(self, value)))[0])
    except OverflowError as error:
        raise Refusal(400, "max_limit is out of range") from error


@fault("limit-stored-rounded", "must", Store.save)
def limit_stored_rounded(self: Store, unit: Unit) -> None:
    """The response shows the limit as sent, and the server stores whole dollars."""
    budget = unit.budget
    Store.save(self, replace(unit, budget=budget and replace(budget, max_limit=math.floor(budget.max_limit) + 0.0)))


@fault("field-whole-dollars-on-update", "must", Bodies.dollars, origin="blind-2")
def whole_dollars_on_update(self: Bodies, value: Any, purpose: str) -> float:
    """An update cuts the cents off a budget limit."""
    amount = Bodies.dollars(self, value, purpose)
    return float(int(amount)) if purpose == "update" and amount >= 1 else amount


@fault("fraction-of-cent-breaks", "must", Bodies.number)
def fraction_of_cent_breaks(self: Bodies, value: Any) -> float:
    """The server answers 500 to a limit with more than two decimals."""
    number = Bodies.number(self, value)
    if round(number, 2) != number:
        raise ArithmeticError
    return number


@fault("counts-as-doubles", "must", Bodies.whole, proves=("UPDATE-13",))
def counts_as_doubles(self: Bodies, value: Any, place: str) -> int:
    """The server reads counts as doubles, so counts beyond 2^53 lose their last digits."""
    return int(float(Bodies.whole(self, value, place)))


@fault("counts-wrap-at-32-bits", "must", Bodies.whole)
def counts_wrap_at_32_bits(self: Bodies, value: Any, place: str) -> int:
    """The server keeps only the lowest 31 bits of a count."""
    number = Bodies.whole(self, value, place)
    return number if number <= 0 else number % 2**31 or 1


@fault("largest-count-breaks", "must", Bodies.whole)
def largest_count_breaks(self: Bodies, value: Any, place: str) -> int:
    """The server answers 500 to the largest count of 64 bits."""
    number = Bodies.whole(self, value, place)
    if number == 2**63 - 1:
        raise OverflowError
    return number


@fault("exponents-refused", "must", Bodies.parse)
def exponents_refused(self: Bodies, body: bytes) -> Any:
    """The server refuses a limit that is written with an exponent."""
    if re.search(rb":\s*[0-9.]+[eE]", body):
        raise ValueError("exponent")
    return Bodies.parse(self, body)


@fault("trailing-zeros-refused", "must", Bodies.parse)
def trailing_zeros_refused(self: Bodies, body: bytes) -> Any:
    """The server refuses a limit that ends in .00."""
    if re.search(rb"[0-9]\.0+[,}\s]", body):
        raise ValueError("fraction")
    return Bodies.parse(self, body)


@fault("rare-request-limit-rounded-beside-budget", "must", origin="blind-4")
class RequestLimitRoundedBesideBudget(Bodies):
    """An update of both components rounds request limits above 2^53 to double precision."""

    def update_of(self, body: Json) -> Change:
        change = super().update_of(body)
        if change.budget is None or change.rate_limit is None or change.rate_limit.request.max_limit is None:
            return change
        rounded = min(int(float(change.rate_limit.request.max_limit)), 2**63 - 1024)
        request = replace(change.rate_limit.request, max_limit=rounded)
        return replace(change, rate_limit=replace(change.rate_limit, request=request))


@fault("rare-ten-decimals-stored", "must", origin="blind-4")
class TenDecimalsStored(Store):
    """The server stores only ten decimals of budget limits."""

    def save(self, unit: Unit) -> None:
        if unit.budget is not None:
            unit = replace(unit, budget=replace(unit.budget, max_limit=round(unit.budget.max_limit, 10)))
        super().save(unit)


@fault("late-limit-of-fifteen-digits", "must", origin="blind-6")
class LimitOfFifteenDigits(Bodies):
    """The server stores only fifteen significant digits of budget limits."""

    def number(self, value: Any) -> float:
        amount = super().number(value)
        rounded = float(f"{amount:.15g}")
        return rounded if math.isfinite(rounded) else amount


@fault("seldom-multiple-of-32-bits-taken-as-absent", "must", Bodies.window, origin="blind-11")
def multiple_of_32_bits_taken_as_absent(self: Bodies, fields: Json, half: str) -> HalfChange:
    """A token or request limit whose lower 32 bits are zero, such as 4294967296, counts as absent."""
    change = Bodies.window(self, fields, half)
    if change.max_limit and not change.max_limit & 0xFFFFFFFF:
        return replace(change, max_limit=None)
    return change


_LARGEST = (2**63 - 1) / 1_000_000


@fault("next-limit-capped-in-millionths", "must", origin="blind-7")
class LimitCappedInMillionths(Bodies):
    """A budget limit that 64 bits cannot hold in millionths of a dollar is stored as the largest one that they hold."""

    def dollars(self, value: Any, purpose: str) -> float:
        return min(super().dollars(value, purpose), _LARGEST)


@fault("scarce-close-counts-taken-as-equal", "must", Governance.change_half, origin="blind-9")
def close_counts_taken_as_equal(self: Governance, half: Half, change: HalfChange, now: int) -> Half:
    """An update ignores a token or request limit that differs from the stored one by less than a billionth of it."""
    changed = Governance.change_half(self, half, change, now)
    if half.max_limit is None or changed.max_limit is None or not math.isclose(half.max_limit, changed.max_limit):
        return changed
    return replace(changed, max_limit=half.max_limit)


@fault("fresh-long-integer-limit-wraps", "must", origin="blind-5")
class LongIntegerLimitWraps(Bodies):
    """The server reads a budget limit without fraction and exponent in 64 bits, so one of 2^63 or more wraps around."""

    def number(self, value: Any) -> float:
        if isinstance(value, int) and not isinstance(value, bool):
            value = (value + 2**63) % 2**64 - 2**63
        return super().number(value)
