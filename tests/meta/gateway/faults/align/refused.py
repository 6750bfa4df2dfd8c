"""Servers whose refused alignments change a unit, at once or later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ... import periods
from ...after_refusal import AfterRefusal
from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange
from ...operations import Operations


@fault("third-refused-alignment-saves-rate-limit", "must", AfterRefusal.after_refusal, origin="blind-3")
def refused_alignment_saves_rate_limit(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores the rate limit of a body that it refuses for its calendar alignment."""
    unit = self.store.find(request.unit_id)
    if refusal.message.startswith("calendar_aligned needs") and unit is not None:
        change = self.bodies.update(self.document(request))
        if change.rate_limit is not None:
            self.store.save(self.governance.update(unit, replace(change, budget=None), self.clock.now()))


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
