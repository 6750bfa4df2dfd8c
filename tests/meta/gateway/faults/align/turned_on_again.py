"""Servers that do the wrong thing when alignment is turned on for a second time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, Change, Unit


@fault("subtle-second-enabling-keeps-window", "must", origin="blind-12")
class SecondEnablingKeepsWindow(Governance):
    """A budget that was created with alignment or had it turned on keeps last_reset when it is turned on again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._enabled: set[str] = set()

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        if budget.calendar_aligned:
            self._enabled.add(budget.id)
        return budget

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        if budget.id in self._enabled:
            return budget
        self._enabled.add(budget.id)
        return super().enable_alignment(budget, now)


@fault("next-alignment-of-successor-keeps-window", "must", origin="blind-7")
class AlignmentOfSuccessorKeepsWindow(Governance):
    """Alignment turned on for a budget whose removed predecessor was aligned leaves usage and last_reset unchanged."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.aligned: set[str] = set()

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        old, new = unit.budget, after.budget
        known = unit.id in self.aligned
        if (old is not None and old.calendar_aligned) or (new is not None and new.calendar_aligned):
            self.aligned.add(unit.id)
        if old is None or new is None or old.calendar_aligned == new.calendar_aligned:
            return after
        if old.calendar_aligned:
            self.aligned.discard(unit.id)
        elif known:
            new = replace(new, current_usage=old.current_usage, last_reset=old.last_reset)
        return replace(after, budget=new)


@fault("rare-alignment-to-first-aligned-duration", "must", origin="blind-4")
class AlignmentToFirstAlignedDuration(Governance):
    """A budget aligned again after a change of its duration begins with the period of the duration aligned first."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.first: dict[str, str] = {}

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        budget = super().new_budget(unit, change, now)
        if budget.calendar_aligned:
            self.first[budget.id] = budget.reset_duration
        return budget

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        first = self.first.setdefault(budget.id, budget.reset_duration)
        start = self.period_start(replace(budget, reset_duration=first), now)
        return replace(budget, current_usage=0.0, last_reset=start)


@fault("seldom-period-start-kept-from-first-alignment", "must", origin="blind-11")
class PeriodStartKeptFromFirstAlignment(Governance):
    """Alignment that is turned on again with another duration sets last_reset to the period start of the first time."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.starts: dict[str, int] = {}

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        enabled = super().enable_alignment(budget, now)
        return replace(enabled, last_reset=self.starts.setdefault(budget.id, enabled.last_reset))


@fault("only-first-enabling-moves-last-reset", "must")
class OnlyFirstEnablingMovesLastReset(Governance):
    """Turning alignment on a second time does not change last_reset."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.enabled: set[str] = set()

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.calendar_aligned:
            self.enabled.add(budget.id)
        return super().change_budget(budget, change, now)

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return budget if budget.id in self.enabled else super().enable_alignment(budget, now)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)
