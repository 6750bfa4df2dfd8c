"""Servers with faults of the other modules, but only for long durations."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import LONG_DURATION
from .updates import fields_saved_one_by_one, overlapping_updates_rolled_back

CONDITIONAL = on_condition(
    __name__,
    {
        "fields-saved-one-by-one-for-long-durations": (fields_saved_one_by_one, LONG_DURATION),
        "overlapping-updates-rolled-back-for-long-durations": (overlapping_updates_rolled_back, LONG_DURATION),
    },
)
