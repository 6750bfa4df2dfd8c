"""Servers with faults of the other modules, for some requests only."""

from __future__ import annotations

from ...assembly import rarely
from ...rarely import LONG_DURATION
from .updates import fields_saved_one_by_one, overlapping_updates_rolled_back

RARELY = rarely(
    __name__,
    {
        "fields-saved-one-by-one-for-long-durations": (fields_saved_one_by_one, LONG_DURATION),
        "overlapping-updates-rolled-back-for-long-durations": (overlapping_updates_rolled_back, LONG_DURATION),
    },
)
