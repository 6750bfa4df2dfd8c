"""A server that judges the end of calendar alignment by the flag that was stored before."""

from __future__ import annotations

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange
from ...periods import is_alignable


@fault("fresh-leaving-alignment-for-hours-refused", "must", origin="blind-5")
class LeavingAlignmentForHoursRefused(Governance):
    """An update that turns alignment of an aligned budget off and sets a duration below a day is refused with 400."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.calendar_aligned and change.reset_duration is not None and not is_alignable(change.reset_duration):
            raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")
        return super().change_budget(budget, change, now)
