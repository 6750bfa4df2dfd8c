"""Servers that misread unusual limits and durations of budgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...model import Budget, BudgetChange


@fault("fresh-long-integer-limit-wraps", "must", origin="blind-5")
class LongIntegerLimitWraps(Bodies):
    """The server reads a budget limit without fraction and exponent in 64 bits, so one of 2^63 or more wraps around."""

    def number(self, value: Any) -> float:
        if isinstance(value, int) and not isinstance(value, bool):
            value = (value + 2**63) % 2**64 - 2**63
        return super().number(value)


@fault("fresh-equal-length-keeps-spelling", "must", origin="blind-5")
class EqualLengthKeepsSpelling(Governance):
    """An update keeps the stored budget duration if the new one is as long, such as 1d after 24h or 1M after 30d."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        new = change.reset_duration
        if new is not None and periods.duration(new) == periods.duration(budget.reset_duration):
            change = replace(change, reset_duration=None)
        return super().merge_budget(budget, change, now)
