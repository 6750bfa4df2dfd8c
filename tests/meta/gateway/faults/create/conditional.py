"""Servers with faults of the other modules, but only after five changes of a unit."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import LATER
from .by_post import creation_without_duration_accepted
from .by_update import first_budget_aligned_unasked, update_cannot_add_budget
from .conflict import second_creation_overwrites
from .initial_values import first_usage_not_zero

CONDITIONAL = on_condition(
    __name__,
    {
        "update-cannot-add-budget-later": (update_cannot_add_budget, LATER),
        "first-usage-not-zero-later": (first_usage_not_zero, LATER),
        "first-budget-aligned-unasked-later": (first_budget_aligned_unasked, LATER),
        "second-creation-overwrites-later": (second_creation_overwrites, LATER),
        "creation-without-duration-accepted-later": (creation_without_duration_accepted, LATER),
    },
)
