"""Servers that check wrongly which durations can be aligned."""

from __future__ import annotations

from dataclasses import replace

from ... import periods
from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange
from ...operations import Operations


@fault("years-not-aligned", "ALIGN", "must", proves=("ALIGN-05",))
class YearsNotAligned(Governance):
    """Calendar alignment of years is refused."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        super().check_alignment(budget, change)
        if budget.calendar_aligned and budget.reset_duration.endswith("Y"):
            raise Refusal(400, "calendar_aligned needs a shorter reset_duration")


@fault("days-not-aligned", "ALIGN", "must")
class DaysNotAligned(Governance):
    """Calendar alignment of days is refused."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        super().check_alignment(budget, change)
        if budget.calendar_aligned and budget.reset_duration.endswith("d"):
            raise Refusal(400, "calendar_aligned needs a longer reset_duration")


@fault("field-multiples-not-alignable", "ALIGN", "must", origin="blind-2")
class MultiplesNotAlignable(Governance):
    """Only 1d, 1w, 1M and 1Y are known to the calendar: 2w is refused."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        super().check_alignment(budget, change)
        if budget.calendar_aligned and budget.reset_duration not in ("1d", "1w", "1M", "1Y"):
            raise Refusal(400, "calendar_aligned needs 1d, 1w, 1M or 1Y")


@fault("short-durations-aligned", "ALIGN", "must", proves=("VALID-11",))
class ShortDurationsAligned(Governance):
    """Any duration may be calendar-aligned."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        return


@fault("short-duration-drops-flag", "ALIGN", "must")
class ShortDurationDropsFlag(Governance):
    """calendar_aligned with a short duration is answered 200 and dropped."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        return

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return replace(after, calendar_aligned=after.calendar_aligned and periods.is_alignable(after.reset_duration))


@fault("minutes-taken-for-months", "ALIGN", "must")
class MinutesTakenForMonths(Governance):
    """A minute counts as a month in the check of alignment."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if not budget.reset_duration.endswith("m"):
            super().check_alignment(budget, change)

    def period_start(self, budget: Budget, now: int) -> int:
        return super().period_start(replace(budget, reset_duration=budget.reset_duration.replace("m", "M")), now)


@fault("short-stored-duration-aligned", "ALIGN", "should", proves=("VALID-12",))
class ShortStoredDurationAligned(Governance):
    """The flag is checked against the duration of the same body alone: a stored short one passes."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if change.reset_duration is not None:
            super().check_alignment(budget, change)


@fault("aligned-budget-takes-short-duration", "ALIGN", "should")
class AlignedBudgetTakesShortDuration(Governance):
    """The duration is checked against the flag of the same body alone: a budget that is aligned takes a short one."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if change.calendar_aligned is not None:
            super().check_alignment(budget, change)


@fault("third-refused-alignment-saves-rate-limit", "ALIGN", "must", origin="blind-3")
class RefusedAlignmentSavesRateLimit(Operations):
    """Alignment is checked after the rate limit was saved, so a body refused for 1h aligned still changes that."""

    def update_governance(self, request: Request) -> Response:
        """Save the rate limit of a body that is refused for its alignment."""
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.message.startswith("calendar_aligned needs") and unit is not None:
                change = self.bodies.update(self.document(request))
                if change.rate_limit is not None:
                    self.store.save(self.governance.update(unit, replace(change, budget=None), self.clock.now()))
            raise
