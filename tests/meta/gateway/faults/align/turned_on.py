"""Servers that do the wrong thing when alignment is turned on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ... import periods
from ...assembly import fault
from ...bodies import Bodies
from ...governance import Governance
from ...messages import Json, Refusal, Request, Response
from ...model import Budget, BudgetChange, Change, Unit
from ...operations import Operations
from ...periods import SECOND


@fault("enabling-begins-now", "must", Governance.enable_alignment)
def enabling_begins_now(self: Governance, budget: Budget, now: int) -> Budget:
    """Turning alignment on sets last_reset to now."""
    return replace(Governance.enable_alignment(self, budget, now), last_reset=now)


@fault("enabling-keeps-last-reset", "must", proves=("ALIGN-01",))
class EnablingKeepsLastReset(Governance):
    """Turning alignment on does not change last_reset."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), last_reset=budget.last_reset)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("enabling-keeps-usage", "must", Governance.enable_alignment, proves=("ALIGN-02",))
def enabling_keeps_usage(self: Governance, budget: Budget, now: int) -> Budget:
    """Turning alignment on does not set the usage to 0."""
    return replace(Governance.enable_alignment(self, budget, now), current_usage=budget.current_usage)


@fault("enabling-halves-usage", "must", Governance.enable_alignment, proves=("ALIGN-02",))
def enabling_halves_usage(self: Governance, budget: Budget, now: int) -> Budget:
    """Turning alignment on leaves half of the usage."""
    return replace(Governance.enable_alignment(self, budget, now), current_usage=budget.current_usage / 2)


@fault("enabling-uses-old-duration", "should", proves=("ALIGN-08",))
class EnablingUsesOldDuration(Governance):
    """Turning alignment on with a new duration uses the period of the old duration."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        if budget.calendar_aligned or not after.calendar_aligned or not periods.is_alignable(budget.reset_duration):
            return after
        return replace(after, last_reset=self.period_start(budget, now))

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("enabling-drops-new-limit", "must", proves=("ALIGN-09",))
class EnablingDropsNewLimit(Governance):
    """Turning alignment on ignores a new limit in the same body."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), max_limit=self.limit)

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        self.limit = budget.max_limit
        return super().change_budget(budget, change, now)


@fault("enabling-zeroes-rate-limit", "must", Governance.update)
def enabling_zeroes_rate_limit(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """Turning alignment on sets the counters of the rate limit to 0."""
    after = Governance.update(self, unit, change, now)
    aligned = after.budget is not None and after.budget.calendar_aligned
    if after.rate_limit is None or not aligned or (unit.budget is not None and unit.budget.calendar_aligned):
        return after
    token, request = (replace(half, current_usage=0) for half in (after.rate_limit.token, after.rate_limit.request))
    return replace(after, rate_limit=replace(after.rate_limit, token=token, request=request))


@fault("field-zeroing-not-stored", "must", Operations.update_governance, origin="blind-2")
def zeroing_not_stored(self: Operations, request: Request) -> Response:
    """Turning alignment on shows the new usage and last_reset in the response and does not store them."""
    before = self.store.find(request.unit_id)
    response = Operations.update_governance(self, request)
    after = self.store.find(request.unit_id)
    if before and after and before.budget and after.budget and before.budget.id == after.budget.id:
        if after.budget.calendar_aligned and not before.budget.calendar_aligned:
            old = before.budget
            budget = replace(after.budget, current_usage=old.current_usage, last_reset=old.last_reset)
            self.store.save(replace(after, budget=budget))
    return response


@fault("third-midnight-keeps-the-fraction", "must", Governance.enable_alignment, origin="blind-3")
def midnight_keeps_the_fraction(self: Governance, budget: Budget, now: int) -> Budget:
    """Turning alignment on sets last_reset to midnight plus the current fraction of a second."""
    enabled = Governance.enable_alignment(self, budget, now)
    return replace(enabled, last_reset=enabled.last_reset + now % SECOND)


@fault("field-flag-before-duration-refused", "must", Bodies.budget, origin="blind-2")
def flag_before_duration_refused(self: Bodies, raw: Json, purpose: str) -> BudgetChange:
    """The server refuses calendar_aligned when it stands before reset_duration in the body."""
    names = [name for name in raw if name in ("calendar_aligned", "reset_duration")]
    if names == ["calendar_aligned", "reset_duration"] and raw["calendar_aligned"] is True:
        raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")
    return Bodies.budget(self, raw, purpose)


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


@fault("quiet-enabling-beside-rate-limit-keeps-window", "must", Governance.update, origin="blind-10")
def enabling_beside_rate_limit_keeps_window(self: Governance, unit: Unit, change: Change, now: int) -> Unit:
    """Alignment that is turned on in a body with a rate limit leaves usage and last_reset as they were."""
    after = Governance.update(self, unit, change, now)
    old, new = unit.budget, after.budget
    if change.rate_limit is None or old is None or new is None or old.calendar_aligned:
        return after
    return replace(after, budget=replace(new, current_usage=old.current_usage, last_reset=old.last_reset))
