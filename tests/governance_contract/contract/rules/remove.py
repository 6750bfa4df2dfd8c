"""The rules of the area REMOVE: removal of components."""

from __future__ import annotations

from .places import KEEPS, REMOVES, SETS, UNIT
from .rule import MUST, SHOULD, Need, Rule

# fmt: off
RULES = (
    Rule("REMOVE-01", MUST, "An empty budget object removes the budget.", (REMOVES,)),
    Rule("REMOVE-02", MUST, "An empty rate_limit object removes the rate limit.", (REMOVES,)),
    Rule("REMOVE-03", MUST, "Removing one component leaves the other component unchanged.", (REMOVES, KEEPS)),
    Rule("REMOVE-04", MUST, "A read after a removal does not show the removed component.", (REMOVES,), (Need.READ,)),
    Rule("REMOVE-05", MUST, "One update can remove both components.", (REMOVES,)),
    Rule("REMOVE-06", SHOULD, "Removing an absent component is accepted.", (REMOVES, "RFC 9110 section 9.2.2")),
    Rule("REMOVE-07", SHOULD, "Removing a component also removes its reference, budget_id or rate_limit_id.",
         (f"{UNIT}/properties/budget_id", f"{UNIT}/properties/rate_limit_id")),
    Rule("REMOVE-08", SHOULD, "A component that is set after its removal is a new component.", (REMOVES,)),
    Rule("REMOVE-09", MUST, "One update can remove one component and set the other.", (REMOVES, SETS)),
    Rule("REMOVE-10", MUST, "A later update does not restore a removed component.", (REMOVES,)),
)
# fmt: on
