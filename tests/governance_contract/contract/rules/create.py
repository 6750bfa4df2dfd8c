"""The rules of the area CREATE: creation of components."""

from __future__ import annotations

from ..operation_ids import CREATE_GOVERNANCE
from .needs import OWN_CREATE
from .places import BUDGET, CREATE_BUDGET_IN, ONE_OF_TWO, SCHEMAS, SETS
from .rule import MUST, SHOULD, Rule

# fmt: off
RULES = (
    Rule("CREATE-01", SHOULD, "An update can set a component that the business unit does not have.", (SETS,)),
    Rule("CREATE-02", SHOULD, "An update that sets a first budget requires max_limit.",
         (f"{CREATE_BUDGET_IN}/required",)),
    Rule("CREATE-03", SHOULD, "An update that sets a first budget requires reset_duration.",
         (f"{CREATE_BUDGET_IN}/required",)),
    Rule("CREATE-04", SHOULD, "A first component starts without usage and alignment, and its period starts now.",
         (f"{BUDGET}/properties/current_usage", f"{BUDGET}/properties/last_reset")),
    Rule("CREATE-05", SHOULD, "A first rate limit requires a duration for each limit.",
         (f'{SCHEMAS}/CreateRateLimitRequest/description "Each limit"',)),
    Rule("CREATE-06", MUST, "A created budget is not calendar-aligned by default.",
         (f"{CREATE_BUDGET_IN}/properties/calendar_aligned/default",), OWN_CREATE),
    Rule("CREATE-07", MUST, "Governance can be created with either component or both.", (ONE_OF_TWO,), OWN_CREATE),
    Rule("CREATE-08", MUST,
         "Creating governance for a business unit that has governance is a conflict and changes nothing.",
         (f"{CREATE_GOVERNANCE}/responses/409", f'{CREATE_GOVERNANCE}/description "If the unit already"'), OWN_CREATE),
    Rule("CREATE-09", MUST, "Creating governance requires a budget or a rate limit.", (ONE_OF_TWO,), OWN_CREATE),
    Rule("CREATE-10", MUST, "Creating a budget requires max_limit and reset_duration.",
         (f"{CREATE_BUDGET_IN}/required",), OWN_CREATE),
    Rule("CREATE-11", MUST, "Governance can be created again after its removal.",
         (f'{CREATE_GOVERNANCE}/description "Configures governance"',), OWN_CREATE),
)
# fmt: on
