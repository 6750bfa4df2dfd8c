"""Servers whose budgets do not follow the calendar, or follow another one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import periods
from ..assembly import fault
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Refusal
from ..model import Budget, BudgetChange, Change, Unit
from ..periods import DAY, SECOND

_HOUR = 3_600 * SECOND


# turning it on


@fault("ALIGN", "must")
class EnablingKeepsUsage(Governance):
    """Turning alignment on leaves the usage."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), current_usage=budget.current_usage)


@fault("ALIGN", "must")
class EnablingKeepsLastReset(Governance):
    """Turning alignment on leaves last_reset."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), last_reset=budget.last_reset)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("ALIGN", "must")
class EnablingDoesNothing(Governance):
    """Turning alignment on stores the flag and nothing else."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return budget

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("ALIGN", "must")
class EnablingBeginsNow(Governance):
    """Turning alignment on begins the period now instead of with the calendar."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), last_reset=now)


@fault("ALIGN", "should")
class EnablingUsesOldDuration(Governance):
    """Turning alignment on together with a new duration snaps to the period of the old one."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        if budget.calendar_aligned or not after.calendar_aligned or not periods.is_alignable(budget.reset_duration):
            return after
        return replace(after, last_reset=self.period_start(budget, now))

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("ALIGN", "must")
class EnablingDropsNewLimit(Governance):
    """A limit that comes with the turning on of alignment is dropped."""

    def enable_alignment(self, budget: Budget, now: int) -> Budget:
        return replace(super().enable_alignment(budget, now), max_limit=self.limit)

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        self.limit = budget.max_limit
        return super().change_budget(budget, change, now)


@fault("ALIGN", "must")
class OnlyFirstEnablingMovesLastReset(Governance):
    """Alignment that is turned on a second time leaves last_reset."""

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


@fault("ALIGN", "should")
class MultiplesBeginNow(Governance):
    """The period of a multiple, such as 3M, begins when alignment is turned on."""

    def period_start(self, budget: Budget, now: int) -> int:
        return super().period_start(budget, now) if budget.reset_duration.startswith("1") else now

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("ALIGN", "must")
class EnablingZeroesRateLimit(Governance):
    """Turning alignment on zeroes the rate limit's counters as well."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        after = super().update(unit, change, now)
        aligned = after.budget is not None and after.budget.calendar_aligned
        if after.rate_limit is None or not aligned or (unit.budget is not None and unit.budget.calendar_aligned):
            return after
        token, request = (replace(half, current_usage=0) for half in (after.rate_limit.token, after.rate_limit.request))
        return replace(after, rate_limit=replace(after.rate_limit, token=token, request=request))


@fault("ALIGN", "should")
class CreationBeginsNow(Governance):
    """The first period of a calendar-aligned budget begins with its creation."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        return replace(super().new_budget(unit, change, now), last_reset=now)


# when it is on already, or turned off


@fault("ALIGN", "should")
class AlignedBudgetRestartedByAnyUpdate(Governance):
    """Any update of a calendar-aligned budget begins its period anew, now."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        return replace(after, current_usage=0.0, last_reset=now) if budget.calendar_aligned else after


@fault("ALIGN", "should")
class DisablingZeroesUsage(Governance):
    """calendar_aligned: false zeroes the usage."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        return replace(after, current_usage=0.0) if change.calendar_aligned is False else after


@fault("ALIGN", "should")
class DisablingMovesLastReset(Governance):
    """Turning alignment off begins a period now."""

    def change_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().change_budget(budget, change, now)
        off = budget.calendar_aligned and change.calendar_aligned is False
        return replace(after, last_reset=now) if off else after


@fault("ALIGN", "must")
class AlignmentCannotBeTurnedOff(Governance):
    """calendar_aligned: false is confirmed and ignored."""

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        return super().merge_budget(budget, replace(change, calendar_aligned=change.calendar_aligned or None), now)


@fault("ALIGN", "should")
class NullTurnsAlignmentOff(Bodies):
    """calendar_aligned: null turns alignment off."""

    def budget(self, raw: dict[str, object], purpose: str) -> BudgetChange:
        change = super().budget(raw, purpose)
        is_null = raw.get("calendar_aligned", False) is None
        return replace(change, calendar_aligned=False) if is_null else change


@fault("ALIGN", "must")
class NullAlignmentRefused(Bodies):
    """calendar_aligned: null is refused."""

    def budget(self, raw: dict[str, object], purpose: str) -> BudgetChange:
        if raw.get("calendar_aligned", False) is None:
            raise Refusal(400, "calendar_aligned must be a boolean")
        return super().budget(raw, purpose)


# another calendar


@fault("ALIGN", "must")
class WeekBeginsOnSunday(Governance):
    """Calendar weeks begin on Sunday."""

    def period_start(self, budget: Budget, now: int) -> int:
        if not budget.reset_duration.endswith("w"):
            return super().period_start(budget, now)
        return super().period_start(budget, now + DAY) - DAY


@fault("ALIGN", "must")
class MonthIsThirtyDays(Governance):
    """A calendar month begins thirty days ago."""

    def period_start(self, budget: Budget, now: int) -> int:
        return now - 30 * DAY if budget.reset_duration.endswith("M") else super().period_start(budget, now)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("ALIGN", "must")
class YearIsThreeHundredSixtyFiveDays(Governance):
    """A calendar year begins 365 days ago."""

    def period_start(self, budget: Budget, now: int) -> int:
        return now - 365 * DAY if budget.reset_duration.endswith("Y") else super().period_start(budget, now)

    def budget_start(self, budget: Budget, now: int) -> int:
        return budget.last_reset if budget.calendar_aligned else super().budget_start(budget, now)


@fault("ALIGN", "must")
class PeriodsInLocalTime(Governance):
    """Calendar periods begin at midnight seven hours west of UTC."""

    def period_start(self, budget: Budget, now: int) -> int:
        return super().period_start(budget, now - 7 * _HOUR) + 7 * _HOUR


@fault("ALIGN", "must")
class MonthInLocalTime(Governance):
    """Calendar months, and only they, begin at midnight two hours east of UTC."""

    def period_start(self, budget: Budget, now: int) -> int:
        if not budget.reset_duration.endswith("M"):
            return super().period_start(budget, now)
        return super().period_start(budget, now + 2 * _HOUR) - 2 * _HOUR


@fault("ALIGN", "must")
class PeriodOfNextMonth(Governance):
    """A calendar month snaps to its end."""

    def period_start(self, budget: Budget, now: int) -> int:
        start = super().period_start(budget, now)
        return super().period_start(budget, start + 32 * DAY) if budget.reset_duration.endswith("M") else start


# which durations


@fault("ALIGN", "must")
class ShortDurationsAligned(Governance):
    """Any duration may be calendar-aligned."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        return


@fault("ALIGN", "should")
class ShortStoredDurationAligned(Governance):
    """The flag is checked against the duration of the same body alone: a stored short one passes."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if change.reset_duration is not None:
            super().check_alignment(budget, change)


@fault("ALIGN", "should")
class AlignedBudgetTakesShortDuration(Governance):
    """The duration is checked against the flag of the same body alone: a budget that is aligned takes a short one."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if change.calendar_aligned is not None:
            super().check_alignment(budget, change)


@fault("ALIGN", "must")
class ShortDurationDropsFlag(Governance):
    """calendar_aligned with a short duration is answered 200 and dropped."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        return

    def merge_budget(self, budget: Budget, change: BudgetChange, now: int) -> Budget:
        after = super().merge_budget(budget, change, now)
        return replace(after, calendar_aligned=after.calendar_aligned and periods.is_alignable(after.reset_duration))


@fault("ALIGN", "must")
class YearsNotAligned(Governance):
    """Calendar alignment of years is refused."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        super().check_alignment(budget, change)
        if budget.calendar_aligned and budget.reset_duration.endswith("Y"):
            raise Refusal(400, "calendar_aligned needs a shorter reset_duration")


@fault("ALIGN", "must")
class DaysNotAligned(Governance):
    """Calendar alignment of days is refused."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        super().check_alignment(budget, change)
        if budget.calendar_aligned and budget.reset_duration.endswith("d"):
            raise Refusal(400, "calendar_aligned needs a longer reset_duration")


@fault("ALIGN", "must")
class MinutesTakenForMonths(Governance):
    """A minute counts as a month in the check of alignment."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if not budget.reset_duration.endswith("m"):
            super().check_alignment(budget, change)

    def period_start(self, budget: Budget, now: int) -> int:
        return super().period_start(replace(budget, reset_duration=budget.reset_duration.replace("m", "M")), now)
