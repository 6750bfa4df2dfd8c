"""Servers with faults of the other modules, but only after five changes of a unit."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import LATER
from .component_ids import budget_id_is_another
from .dates import duration_as_go_prints_it
from .envelope import unit_id_differs, unit_missing

CONDITIONAL = on_condition(
    __name__,
    {
        "unit-id-differs-later": (unit_id_differs, LATER),
        "duration-as-go-prints-it-later": (duration_as_go_prints_it, LATER),
        "budget-id-is-another-later": (budget_id_is_another, LATER),
        "unit-missing-later": (unit_missing, LATER),
    },
)
