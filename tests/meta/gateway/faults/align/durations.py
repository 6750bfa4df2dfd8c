"""Servers that check wrongly which durations can be aligned."""

from __future__ import annotations

import re
from dataclasses import replace

from ... import periods
from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal
from ...model import Budget, BudgetChange
from ...periods import is_alignable


@fault("years-not-aligned", "must", Governance.check_alignment, proves=("ALIGN-05",))
def years_not_aligned(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server refuses calendar alignment of years."""
    Governance.check_alignment(self, budget, change)
    if budget.calendar_aligned and budget.reset_duration.endswith("Y"):
        raise Refusal(400, "calendar_aligned needs a shorter reset_duration")


@fault("days-not-aligned", "must", Governance.check_alignment)
def days_not_aligned(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server refuses calendar alignment of days."""
    Governance.check_alignment(self, budget, change)
    if budget.calendar_aligned and budget.reset_duration.endswith("d"):
        raise Refusal(400, "calendar_aligned needs a longer reset_duration")


@fault("field-multiples-not-alignable", "must", Governance.check_alignment, origin="blind-2")
def multiples_not_alignable(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server refuses calendar alignment of multiples, such as 2w."""
    Governance.check_alignment(self, budget, change)
    if budget.calendar_aligned and budget.reset_duration not in ("1d", "1w", "1M", "1Y"):
        raise Refusal(400, "calendar_aligned needs 1d, 1w, 1M or 1Y")


@fault("short-durations-aligned", "must", Governance.check_alignment, proves=("VALID-11",))
def short_durations_aligned(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server accepts calendar alignment of any duration."""
    return


@fault("short-duration-drops-flag", "must")
class ShortDurationDropsFlag(Governance):
    """The server answers 200 to calendar alignment of a short duration and ignores the flag."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        return

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return replace(after, calendar_aligned=after.calendar_aligned and periods.is_alignable(after.reset_duration))


@fault("minutes-taken-for-months", "must")
class MinutesTakenForMonths(Governance):
    """The server accepts calendar alignment of minutes as if they were months."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if not budget.reset_duration.endswith("m"):
            super().check_alignment(budget, change)

    def period_start(self, budget: Budget, now: int) -> int:
        return super().period_start(replace(budget, reset_duration=budget.reset_duration.replace("m", "M")), now)


@fault("short-stored-duration-aligned", "should", Governance.check_alignment, proves=("VALID-12",))
def short_stored_duration_aligned(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server accepts calendar_aligned: true when the stored duration is short."""
    if change.reset_duration is not None:
        Governance.check_alignment(self, budget, change)


@fault("aligned-budget-takes-short-duration", "should", Governance.check_alignment, proves=("VALID-12",))
def aligned_budget_takes_short_duration(self: Governance, budget: Budget, change: BudgetChange) -> None:
    """The server accepts a short duration when the stored budget is aligned."""
    if change.calendar_aligned is not None:
        Governance.check_alignment(self, budget, change)


@fault("scarce-fraction-of-period-breaks", "must", Governance.period_start, origin="blind-9")
def fraction_of_period_breaks(self: Governance, budget: Budget, now: int) -> int:
    """The server answers 500 to calendar alignment of a duration with a decimal point, such as 1.5M."""
    int(budget.reset_duration[:-1])
    return Governance.period_start(self, budget, now)


_ONE_CLOCK_UNIT = re.compile(r"[0-9]+(?:ns|us|µs|ms|s|m|h)")


@fault("next-compound-duration-aligned", "must", origin="blind-7")
class CompoundDurationAligned(Governance):
    """The server accepts calendar alignment of clock durations with several parts or a fraction, such as 1h30m."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if _ONE_CLOCK_UNIT.fullmatch(budget.reset_duration):
            super().check_alignment(budget, change)


@fault("fresh-leaving-alignment-for-hours-refused", "must", origin="blind-5")
class LeavingAlignmentForHoursRefused(Governance):
    """An update that turns alignment of an aligned budget off and sets a duration below a day is refused with 400."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        if budget.calendar_aligned and change.reset_duration is not None and not is_alignable(change.reset_duration):
            raise Refusal(400, "calendar_aligned needs a reset_duration in days, weeks, months or years")
        return super().change_budget(budget, change, now)
