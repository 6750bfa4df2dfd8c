"""Servers with faults of the other modules, but only after five changes of a unit or for long durations."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import LATER, LONG_DURATION
from .durations import short_durations_aligned
from .first_budget import creation_begins_now
from .periods import MultiplesBeginNow
from .turned_off import null_turns_alignment_off
from .turned_on import EnablingKeepsLastReset

CONDITIONAL = on_condition(
    __name__,
    {
        "enabling-keeps-last-reset-later": (EnablingKeepsLastReset, LATER),
        "creation-begins-now-later": (creation_begins_now, LATER),
        "null-turns-alignment-off-later": (null_turns_alignment_off, LATER),
        "multiples-begin-now-for-long-durations": (MultiplesBeginNow, LONG_DURATION),
        "short-durations-aligned-later": (short_durations_aligned, LATER),
    },
)
