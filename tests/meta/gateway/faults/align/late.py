"""Servers that align budgets wrongly after a change of the duration, or with a period that ends far in the future."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from ... import periods
from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, Unit


@fault("late-period-that-ends-after-2038-breaks", "must", origin="blind-6")
class PeriodThatEndsAfter2038Breaks(Governance):
    """The server answers 500 to calendar alignment of a period that ends after 18 January 2038, such as 20Y."""

    def period_start(self, budget: Budget, now: int) -> int:
        start = super().period_start(budget, now)
        end = start + (periods.duration(budget.reset_duration) or 0)
        struct.pack(">i", end // periods.SECOND)
        return start


@fault("late-alignment-to-duration-of-creation", "must", origin="blind-6")
class AlignmentToDurationOfCreation(Governance):
    """Alignment turned on without a duration begins the period of the duration that the budget was created with."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.first: dict[str, str] = {}

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        self.first[budget.id] = budget.reset_duration
        return budget

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        first = self.first.get(budget.id, "")
        enabled = changed.calendar_aligned and not budget.calendar_aligned
        if enabled and change.reset_duration is None and periods.is_alignable(first):
            return replace(changed, last_reset=self.period_start(replace(changed, reset_duration=first), now))
        return changed
