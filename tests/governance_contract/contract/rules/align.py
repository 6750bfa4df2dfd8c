"""The rules of the area ALIGN: calendar alignment."""

from __future__ import annotations

from .places import ALIGNABLE, CREATE_BUDGET_IN, ENABLING, SETS, SWITCH
from .rule import MUST, SHOULD, Need, Rule

# fmt: off
RULES = (
    Rule("ALIGN-01", MUST, "Enabling calendar alignment sets last_reset to the start of the current period in UTC.",
         (ENABLING,), (Need.RESET,)),
    Rule("ALIGN-02", MUST, "Enabling calendar alignment sets usage to zero.", (ENABLING,), (Need.RESET, Need.USAGE)),
    Rule("ALIGN-03", SHOULD, "Enabling alignment that is already on keeps usage and last_reset.", (ENABLING,)),
    Rule("ALIGN-04", SHOULD, "Disabling alignment keeps usage and last_reset.", (SWITCH, ENABLING)),
    Rule("ALIGN-05", MUST, "Alignment is accepted with durations in days, weeks, months and years.", (ALIGNABLE,)),
    Rule("ALIGN-06", SHOULD, "The last_reset of a new calendar-aligned budget is the start of the current period.",
         (f'{CREATE_BUDGET_IN}/properties/calendar_aligned/description "Whether usage"',)),
    Rule("ALIGN-07", SHOULD, "A null calendar_aligned leaves alignment, usage and last_reset unchanged.", (SWITCH,)),
    Rule("ALIGN-08", SHOULD,
         "Enabling alignment with a new duration sets last_reset to the start of the period of that duration.",
         (ENABLING,), (Need.RESET,)),
    Rule("ALIGN-09", MUST, "An update that enables alignment also applies its other settings.", (SETS, SWITCH)),
    Rule("ALIGN-10", SHOULD,
         "Enabling alignment with a multiple of a unit sets last_reset to the start of a period of that unit.",
         (ENABLING,), (Need.RESET,)),
)
# fmt: on
