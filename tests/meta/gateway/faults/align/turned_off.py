"""Servers that turn alignment off wrongly, or when nothing asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange, Change, Unit
from ...periods import is_alignable


@fault("disabling-zeroes-usage", "should", Governance.change_budget, proves=("ALIGN-04",))
def disabling_zeroes_usage(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """Turning alignment off sets the usage to 0."""
    after = Governance.change_budget(self, budget, change, now)
    return replace(after, current_usage=0.0) if change.calendar_aligned is False else after


@fault("disabling-moves-last-reset", "should", Governance.change_budget)
def disabling_moves_last_reset(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """Turning alignment off moves last_reset to now."""
    after = Governance.change_budget(self, budget, change, now)
    off = budget.calendar_aligned and change.calendar_aligned is False
    return replace(after, last_reset=now) if off else after


@fault("alignment-cannot-be-turned-off", "must", Governance.merge_budget)
def alignment_cannot_be_turned_off(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """An update ignores calendar_aligned: false and answers 200."""
    return Governance.merge_budget(self, budget, replace(change, calendar_aligned=change.calendar_aligned or None), now)


@fault("null-turns-alignment-off", "should", Bodies.budget, proves=("ALIGN-07",))
def null_turns_alignment_off(self: Bodies, raw: dict[str, object], purpose: str) -> BudgetChange:
    """calendar_aligned: null turns alignment off."""
    change = Bodies.budget(self, raw, purpose)
    is_null = raw.get("calendar_aligned", False) is None
    return replace(change, calendar_aligned=False) if is_null else change


@fault("null-alignment-refused", "must", Bodies.budget, proves=("UPDATE-19",))
def null_alignment_refused(self: Bodies, raw: dict[str, object], purpose: str) -> BudgetChange:
    """The server refuses calendar_aligned: null."""
    if raw.get("calendar_aligned", False) is None:
        raise Refusal(400, "calendar_aligned must be a boolean")
    return Bodies.budget(self, raw, purpose)


@fault("field-flag-lost-with-rate-limit", "must", Governance.update, origin="blind-2")
def flag_lost_with_rate_limit(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """An update of the rate limit turns alignment of the budget off."""
    after = Governance.update(self, unit, change, now)
    if change.budget is None and change.rate_limit is not None and after.budget is not None:
        return replace(after, budget=replace(after.budget, calendar_aligned=False))
    return after


@fault("field-unaligned-by-removal-of-rate-limit", "must", Governance.update, origin="blind-2")
def unaligned_by_removal_of_rate_limit(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """The removal of the rate limit turns alignment of the budget off."""
    after = Governance.update(self, unit, change, now)
    if change.rate_limit is not None and change.rate_limit.removes and after.budget is not None:
        return replace(after, budget=replace(after.budget, calendar_aligned=False))
    return after


@fault("field-new-duration-unaligns", "must", Governance.merge_budget, origin="blind-2")
def new_duration_unaligns(self: Governance, budget: Budget, change: BudgetChange, now: int) -> Budget:
    """A new duration turns alignment off."""
    changed = Governance.merge_budget(self, budget, change, now)
    if budget.calendar_aligned and changed.reset_duration != budget.reset_duration:
        return replace(changed, calendar_aligned=False)
    return changed


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
