"""Servers whose alignment depends on earlier or refused updates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ... import periods
from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Unit
from ...operations import Operations


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


@fault("rare-second-alignment-keeps-window", "must", origin="blind-4")
class SecondAlignmentKeepsWindow(Governance):
    """Alignment that is turned on again, after it was turned off, leaves usage and last_reset as they were."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.aligned_before: set[str] = set()

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.calendar_aligned:
            self.aligned_before.add(budget.id)
        return super().change_budget(budget, change, now)

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return budget if budget.id in self.aligned_before else super().enable_alignment(budget, now)


@fault("rare-refused-alignment-resets-usage", "must", origin="blind-4")
class RefusedAlignmentResetsUsage(Operations):
    """A refused alignment with a short duration sets the usage of the existing budget to zero."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.message.startswith("calendar_aligned needs") and unit is not None and unit.budget is not None:
                self.store.save(replace(unit, budget=replace(unit.budget, current_usage=0.0)))
            raise


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
