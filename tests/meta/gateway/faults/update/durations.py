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
    """Durations are stored in another spelling: 1w becomes 7d."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return f"{int(text[:-1]) * 7}d" if text[:-1].isdigit() and text.endswith("w") else text


@fault("compound-durations-rewritten", "UPDATE", "should")
class CompoundDurationsRewritten(Bodies):
    """1h30m is stored as 90m."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        found = re.fullmatch(r"([0-9]+)h([0-9]+)m", text)
        return f"{int(found[1]) * 60 + int(found[2])}m" if found else text


@fault("field-duration-lower-cased", "UPDATE", "must", origin="blind-2")
class DurationLowerCased(Bodies):
    """Durations of rate limits are lower-cased before they are stored: a month becomes a minute."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return text.lower() if component == "rate_limit" else text


@fault("field-compound-duration-cut", "UPDATE", "should", origin="blind-2")
class CompoundDurationCut(Bodies):
    """Of a duration such as 1h30m only the first number and unit are kept."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        ends = (place for place in range(1, len(text)) if text[place - 1].isalpha() and text[place].isdigit())
        return text[: next(ends, None)]


@fault("field-duration-simplified", "UPDATE", "should", origin="blind-2")
class DurationSimplified(Bodies):
    """Durations are simplified as if months had four weeks and years twelve months of 30 days."""

    def duration(self, value: Any, component: str) -> str:
        text = super().duration(value, component)
        return {"4w": "1M", "12M": "1Y", "52w": "1Y", "30d": "1M", "365d": "1Y"}.get(text, text)


@fault("third-duration-loses-its-fraction", "UPDATE", "should", origin="blind-3")
class DurationLosesItsFraction(Governance):
    """An existing budget's new duration is written through whole numbers: 1.5d becomes 1d."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        """Keep the whole part of the duration."""
        changed = super().merge_budget(budget, change, now)
        return replace(changed, reset_duration=re.sub(r"([1-9]\d*)\.\d+", r"\1", changed.reset_duration))
