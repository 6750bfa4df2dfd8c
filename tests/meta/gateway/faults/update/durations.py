"""Servers that change a duration."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...model import Budget, BudgetChange


@fault("duration-rewritten", "UPDATE", "should")
class DurationRewritten(Bodies):
    """The server stores durations in another spelling, 1w as 7d."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return f"{int(text[:-1]) * 7}d" if text[:-1].isdigit() and text.endswith("w") else text


@fault("compound-durations-rewritten", "UPDATE", "should")
class CompoundDurationsRewritten(Bodies):
    """The server stores 1h30m as 90m."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        found = re.fullmatch(r"([0-9]+)h([0-9]+)m", text)
        return f"{int(found[1]) * 60 + int(found[2])}m" if found else text


@fault("field-duration-lower-cased", "UPDATE", "must", origin="blind-2")
class DurationLowerCased(Bodies):
    """The server lower-cases durations of rate limits, so a month becomes a minute."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return text.lower() if component == "rate_limit" else text


@fault("field-compound-duration-cut", "UPDATE", "should", origin="blind-2")
class CompoundDurationCut(Bodies):
    """The server keeps only the first number and unit of a duration such as 1h30m."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        ends = (place for place in range(1, len(text)) if text[place - 1].isalpha() and text[place].isdigit())
        return text[: next(ends, None)]


@fault("field-duration-simplified", "UPDATE", "should", origin="blind-2")
class DurationSimplified(Bodies):
    """The server replaces durations by longer units: 4w by 1M, 12M by 1Y, 365d by 1Y."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return {"4w": "1M", "12M": "1Y", "52w": "1Y", "30d": "1M", "365d": "1Y"}.get(text, text)


@fault("third-duration-loses-its-fraction", "UPDATE", "should", origin="blind-3")
class DurationLosesItsFraction(Governance):
    """An update cuts the fraction off the duration of a budget: 1.5d becomes 1d."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        return replace(changed, reset_duration=re.sub(r"([1-9]\d*)\.\d+", r"\1", changed.reset_duration))
