"""The rules of the area RESP: successful responses."""

from __future__ import annotations

from ..operation_ids import UPDATE_GOVERNANCE
from .places import BUDGET, GOVERNED, RATE_LIMIT, RESET_DURATION, SCHEMAS, UNIT
from .rule import MUST, SHOULD, Need, Rule

# fmt: off
RULES = (
    Rule("RESP-01", MUST, "A successful response has the declared status.", (f"{UPDATE_GOVERNANCE}/responses/200",)),
    Rule("RESP-02", MUST, "The members of a response have the types of the published schema.",
         (f"{GOVERNED}/type", f"{BUDGET}/properties/max_limit/type", f"{SCHEMAS}/Int64/type")),
    Rule("RESP-03", MUST, "The media type of a successful response is application/json.",
         (f"{UPDATE_GOVERNANCE}/responses/200/content",)),
    Rule("RESP-04", MUST, "The body of a successful response is exactly one JSON document.",
         (f"{UPDATE_GOVERNANCE}/responses/200/content", "RFC 8259 section 2")),
    Rule("RESP-05", SHOULD, "A response has the members that sibling endpoints always send.",
         (f"{GOVERNED}/required", f"{UNIT}/required", f"{RESET_DURATION}/pattern")),
    Rule("RESP-06", MUST, "Timestamps follow RFC 3339 and have a time zone offset.",
         (f"{BUDGET}/properties/last_reset/format", "RFC 3339 section 5.6")),
    Rule("RESP-07", MUST, "A response has every member that the published schema requires.",
         (f"{BUDGET}/required", f"{RATE_LIMIT}/required")),
    Rule("RESP-08", MUST, "The status of a response is declared for the operation.",
         (f"{UPDATE_GOVERNANCE}/responses",)),
    Rule("RESP-09", MUST, "A request generated from the contract gets a declared status.",
         (f"{UPDATE_GOVERNANCE}/responses",)),
    Rule("RESP-10", SHOULD, "Consecutive reads of a business unit in use never show less usage.",
         (f"{BUDGET}/properties/current_usage",), (Need.USAGE,)),
)
# fmt: on
