"""Servers whose alignment goes wrong when an update sets other fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, Change, Unit
from ...periods import is_alignable


@fault("quiet-alignment-returns-with-next-update", "must", origin="blind-10")
class AlignmentReturnsWithNextUpdate(Governance):
    """An update of the budget without calendar_aligned turns alignment on again if an earlier one turned it off."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.turned_off: set[str] = set()

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().change_budget(budget, change, now)
        if budget.calendar_aligned and not changed.calendar_aligned:
            self.turned_off.add(budget.id)
        elif change.calendar_aligned:
            self.turned_off.discard(budget.id)
        elif change.calendar_aligned is None and budget.id in self.turned_off:
            return replace(changed, calendar_aligned=is_alignable(changed.reset_duration))
        return changed


@fault("quiet-enabling-beside-rate-limit-keeps-window", "must", Governance.update, origin="blind-10")
def enabling_beside_rate_limit_keeps_window(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """Alignment that is turned on in a body with a rate limit leaves usage and last_reset as they were."""
    after = Governance.update(self, unit, change, now)
    old, new = unit.budget, after.budget
    if change.rate_limit is None or old is None or new is None or old.calendar_aligned:
        return after
    return replace(after, budget=replace(new, current_usage=old.current_usage, last_reset=old.last_reset))
