"""Servers that change a duration."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json
from ...model import Budget, BudgetChange, Half, HalfChange
from ...periods import SECOND, duration


@fault("duration-rewritten", "must", Bodies.duration)
def duration_rewritten(self: Bodies, value: Any, component: str) -> str:
    """The server stores durations in another spelling, 1w as 7d."""
    text = Bodies.duration(self, value, component)
    return f"{int(text[:-1]) * 7}d" if text[:-1].isdigit() and text.endswith("w") else text


@fault("compound-durations-rewritten", "should", Bodies.duration)
def compound_durations_rewritten(self: Bodies, value: Any, component: str) -> str:
    """The server stores 1h30m as 90m."""
    text = Bodies.duration(self, value, component)
    found = re.fullmatch(r"([0-9]+)h([0-9]+)m", text)
    return f"{int(found[1]) * 60 + int(found[2])}m" if found else text


@fault("field-duration-lower-cased", "must", Bodies.duration, origin="blind-2")
def duration_lower_cased(self: Bodies, value: Any, component: str) -> str:
    """The server lower-cases durations of rate limits, so a month becomes a minute."""
    text = Bodies.duration(self, value, component)
    return text.lower() if component == "rate_limit" else text


@fault("field-duration-simplified", "should", Bodies.duration, origin="blind-2")
def duration_simplified(self: Bodies, value: Any, component: str) -> str:
    """The server replaces durations by longer units: 4w by 1M, 12M by 1Y, 365d by 1Y."""
    text = Bodies.duration(self, value, component)
    return {"4w": "1M", "12M": "1Y", "52w": "1Y", "30d": "1M", "365d": "1Y"}.get(text, text)


@fault("third-duration-loses-its-fraction", "should", Governance.merge_budget, origin="blind-3")
def duration_loses_its_fraction(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update cuts the fraction off the duration of a budget: 1.5d becomes 1d."""
    changed = Governance.merge_budget(self, budget, change, now)
    return replace(changed, reset_duration=re.sub(r"([1-9]\d*)\.\d+", r"\1", changed.reset_duration))


@fault("rare-compound-durations-in-seconds", "should", origin="blind-4")
class CompoundDurationsInSeconds(Bodies):
    """The server stores durations of three or more parts, such as 1h2m3s, as a number of seconds."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        length = duration(text)
        if length is None or len(re.findall("[a-zµ]+", text)) < 3:
            return text
        return f"{(Decimal(length) / SECOND).normalize():f}s"


def _kept(old: str | None, new: str | None) -> str | None:
    """Return the new duration, or the old one if they differ in the case of letters only."""
    return old if old is not None and new is not None and old.lower() == new.lower() else new


@fault("late-month-after-minute-ignored", "must", origin="blind-6")
class MonthAfterMinuteIgnored(Governance):
    """An update ignores a new duration that differs from the stored one only in case, such as 5M after 5m."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        kept = _kept(budget.reset_duration, change.reset_duration)
        return super().merge_budget(budget, replace(change, reset_duration=kept), now)

    def change_half(self, half: Half, change: HalfChange, now: int) -> Half:
        kept = _kept(half.reset_duration, change.reset_duration)
        return super().change_half(half, replace(change, reset_duration=kept), now)


_LARGER = {"s": "m", "m": "h"}


@fault("hidden-rate-limit-duration-in-larger-unit", "must", Bodies.window, origin="blind-8")
def rate_limit_duration_in_larger_unit(self: Bodies, fields: Json, half: str) -> HalfChange:
    """Rate limit durations of more than 60 seconds or minutes are stored in the next unit, without the remainder."""
    change = Bodies.window(self, fields, half)
    match = re.fullmatch("([0-9]+)([sm])", change.reset_duration or "")
    if match is None or int(match[1]) <= 60:
        return change
    return replace(change, reset_duration=f"{int(match[1]) // 60}{_LARGER[match[2]]}")


_PARTS = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")


_SIZES = {"ns": 0, "us": 1, "µs": 1, "ms": 2, "s": 3, "m": 4, "h": 5}


@fault("scarce-unordered-duration-parts-lost", "must", Bodies.duration, origin="blind-9")
def unordered_duration_parts_lost(self: Bodies, value: Any, component: str) -> str:
    """The server drops each part of a duration whose unit is not smaller than the units before it, as in 30m1h."""
    text = Bodies.duration(self, value, component)
    kept, smallest = "", 6
    for number, unit in _PARTS.findall(text):
        if _SIZES[unit] < smallest:
            kept, smallest = f"{kept}{number}{unit}", _SIZES[unit]
    return kept or text


@fault("fresh-equal-length-keeps-spelling", "must", origin="blind-5")
class EqualLengthKeepsSpelling(Governance):
    """An update keeps the stored budget duration if the new one is as long, such as 1d after 24h or 1M after 30d."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        new = change.reset_duration
        if new is not None and periods.duration(new) == periods.duration(budget.reset_duration):
            change = replace(change, reset_duration=None)
        return super().merge_budget(budget, change, now)
