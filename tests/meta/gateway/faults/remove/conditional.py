"""Servers with faults of the other modules, but only after five changes of a unit."""

from __future__ import annotations

from ...assembly import on_condition
from ...conditional import LATER
from .of_nothing import removal_of_nothing_refused
from .other_component import removal_ignores_the_other_component
from .returns import RecreatedBudgetHasOldId
from .shown import BudgetIdLeftBehind, RemovedBudgetStillRead

CONDITIONAL = on_condition(
    __name__,
    {
        "removal-of-nothing-refused-later": (removal_of_nothing_refused, LATER),
        "budget-id-left-behind-later": (BudgetIdLeftBehind, LATER),
        "recreated-budget-has-old-id-later": (RecreatedBudgetHasOldId, LATER),
        "removed-budget-still-read-later": (RemovedBudgetStillRead, LATER),
        "removal-ignores-the-other-component-later": (removal_ignores_the_other_component, LATER),
    },
)
