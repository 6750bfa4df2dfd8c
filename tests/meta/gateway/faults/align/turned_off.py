"""Servers that turn alignment off wrongly, or when nothing asks for it."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal
from ...model import Budget, BudgetChange, Change, Unit


@fault("disabling-zeroes-usage", "ALIGN", "should", proves=("ALIGN-04",))
class DisablingZeroesUsage(Governance):
    """Turning alignment off sets the usage to 0."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        return replace(after, current_usage=0.0) if change.calendar_aligned is False else after


@fault("disabling-moves-last-reset", "ALIGN", "should")
class DisablingMovesLastReset(Governance):
    """Turning alignment off moves last_reset to now."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        off = budget.calendar_aligned and change.calendar_aligned is False
        return replace(after, last_reset=now) if off else after


@fault("alignment-cannot-be-turned-off", "ALIGN", "must")
class AlignmentCannotBeTurnedOff(Governance):
    """An update ignores calendar_aligned: false and answers 200."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=change.calendar_aligned or None), now)


@fault("null-turns-alignment-off", "ALIGN", "should", proves=("ALIGN-07",))
class NullTurnsAlignmentOff(Bodies):
    """calendar_aligned: null turns alignment off."""

    def budget(self, raw: dict[str, object], purpose: str) -> BudgetChange:
        change = super().budget(raw, purpose)
        is_null = raw.get("calendar_aligned", False) is None
        return replace(change, calendar_aligned=False) if is_null else change


@fault("null-alignment-refused", "ALIGN", "must", proves=("UPDATE-19",))
class NullAlignmentRefused(Bodies):
    """The server refuses calendar_aligned: null."""

    def budget(self, raw: dict[str, object], purpose: str) -> BudgetChange:
        if raw.get("calendar_aligned", False) is None:
            raise Refusal(400, "calendar_aligned must be a boolean")
        return super().budget(raw, purpose)


@fault("third-null-flag-refused-in-whole-budget", "ALIGN", "must", origin="blind-3")
class NullFlagRefusedInWholeBudget(Bodies):
    """The server refuses calendar_aligned: null beside a limit and a duration."""

    def update_of(self, body: Json) -> Change:
        raw = body.get("budget")
        whole = {"max_limit", "reset_duration"}
        if isinstance(raw, dict) and raw.keys() >= whole and raw.get("calendar_aligned", False) is None:
            raise Refusal(400, "calendar_aligned must be a boolean")
        return super().update_of(body)


@fault("field-flag-lost-with-rate-limit", "ALIGN", "must", origin="blind-2")
class FlagLostWithRateLimit(Governance):
    """An update of the rate limit turns alignment of the budget off."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.budget is None and change.rate_limit is not None and after.budget is not None:
            return replace(after, budget=replace(after.budget, calendar_aligned=False))
        return after


@fault("field-unaligned-by-removal-of-rate-limit", "ALIGN", "must", origin="blind-2")
class UnalignedByRemovalOfRateLimit(Governance):
    """The removal of the rate limit turns alignment of the budget off."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        if change.rate_limit is not None and change.rate_limit.removes and after.budget is not None:
            return replace(after, budget=replace(after.budget, calendar_aligned=False))
        return after


@fault("field-new-duration-unaligns", "ALIGN", "must", origin="blind-2")
class NewDurationUnaligns(Governance):
    """A new duration turns alignment off."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        changed = super().merge_budget(budget, change, now)
        if budget.calendar_aligned and changed.reset_duration != budget.reset_duration:
            return replace(changed, calendar_aligned=False)
        return changed
