"""Servers that judge calendar alignment wrongly for unusual durations, or after the removal of a budget."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...model import Budget, BudgetChange, Change, Unit

_ONE_CLOCK_UNIT = re.compile(r"[0-9]+(?:ns|us|µs|ms|s|m|h)")


@fault("next-compound-duration-aligned", "must", origin="blind-7")
class CompoundDurationAligned(Governance):
    """The server accepts calendar alignment of clock durations with several parts or a fraction, such as 1h30m."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        if _ONE_CLOCK_UNIT.fullmatch(budget.reset_duration):
            super().check_alignment(budget, change)


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
