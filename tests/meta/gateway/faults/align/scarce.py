"""Servers that break on rare aligned durations, or that change a budget before they check its alignment."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange


@fault("scarce-fraction-of-period-breaks", "must", Governance.period_start, origin="blind-9")
def fraction_of_period_breaks(self: Governance, budget: Budget, now: int) -> int:
    """The server answers 500 to calendar alignment of a duration with a decimal point, such as 1.5M."""
    int(budget.reset_duration[:-1])
    return Governance.period_start(self, budget, now)


@fault("scarce-refused-alignment-counts-as-aligned", "must", origin="blind-9")
class RefusedAlignmentCountsAsAligned(Governance):
    """Alignment turned on after a refused alignment of the same budget leaves usage and last_reset as they were."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.marked: set[str] = set()

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        try:
            changed = super().change_budget(budget, change, now)
        except Refusal:
            self.marked.add(budget.id)
            raise
        if change.calendar_aligned is not None:
            self.marked.discard(budget.id)
        return changed

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return budget if budget.id in self.marked else super().enable_alignment(budget, now)
