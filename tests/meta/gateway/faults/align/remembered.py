"""Servers that remember earlier attempts to align a budget."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ... import periods
from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange


@fault("seldom-period-start-kept-from-first-alignment", "must", origin="blind-11")
class PeriodStartKeptFromFirstAlignment(Governance):
    """Alignment that is turned on again with another duration sets last_reset to the period start of the first time."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.starts: dict[str, int] = {}

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        enabled = super().enable_alignment(budget, now)
        return replace(enabled, last_reset=self.starts.setdefault(budget.id, enabled.last_reset))


@fault("seldom-refused-alignment-waits-for-duration", "must", origin="blind-11")
class RefusedAlignmentWaitsForDuration(Governance):
    """Alignment that was refused for a duration below a day is turned on by the next update to a longer duration."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.wanted: set[str] = set()

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if change.calendar_aligned is not None:
            self.wanted.discard(budget.id)
        elif budget.id in self.wanted and periods.is_alignable(change.reset_duration or ""):
            self.wanted.discard(budget.id)
            return super().change_budget(budget, replace(change, calendar_aligned=True), now)
        return super().change_budget(budget, change, now)

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        try:
            super().check_alignment(budget, change)
        except Refusal:
            if change.calendar_aligned:
                self.wanted.add(budget.id)
            raise
