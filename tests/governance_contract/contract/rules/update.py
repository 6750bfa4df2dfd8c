"""The rules of the area UPDATE: updates of governance."""

from __future__ import annotations

from ..operation_ids import UPDATE_GOVERNANCE
from .needs import OWN
from .places import (
    BUDGET,
    BUDGET_IN,
    COUNT,
    DOLLARS,
    DURATION,
    GOVERNED,
    KEEPS,
    RATE_IN,
    RATE_LIMIT,
    RESET_DURATION,
    SETS,
    SWITCH,
    UNIT,
    UPDATE,
    UPDATE_BODY,
)
from .rule import MUST, SHOULD, Need, Rule

# fmt: off
RULES = (
    Rule("UPDATE-01", MUST, "A complete budget replaces the settings of the existing budget.", (SETS,)),
    Rule("UPDATE-02", MUST, "A read after an update matches the response to the update.", (SETS,), (Need.READ,)),
    Rule("UPDATE-03", MUST, "The response describes the business unit in the path.",
         (f"{UPDATE_GOVERNANCE}/responses/200", f"{GOVERNED}/properties/business_unit")),
    Rule("UPDATE-04", MUST, "A component that the body omits is unchanged.", (KEEPS,)),
    Rule("UPDATE-05", MUST, "An empty update is accepted and changes nothing.", (KEEPS,)),
    Rule("UPDATE-06", MUST, "A complete rate limit replaces the settings of the existing rate limit.", (SETS,)),
    Rule("UPDATE-07", SHOULD, "A budget field that the body omits is unchanged.", (KEEPS, f"{BUDGET_IN}/properties")),
    Rule("UPDATE-08", SHOULD, "A component keeps its id and created_at when a setting changes.",
         (SETS, f"{BUDGET}/properties/id", f"{BUDGET}/properties/created_at")),
    Rule("UPDATE-09", SHOULD, "A component keeps its usage and last_reset when its limit changes.",
         (SETS, f"{BUDGET}/properties/current_usage", f"{BUDGET}/properties/last_reset"), (Need.USAGE,)),
    Rule("UPDATE-10", SHOULD, "updated_at advances with a change and never goes back.",
         tuple(f"{one}/properties/updated_at/description" for one in (BUDGET, RATE_LIMIT, UNIT))),
    Rule("UPDATE-11", MUST, "An update leaves other business units unchanged.", (SETS,), OWN),
    Rule("UPDATE-12", MUST, "A dollar amount is stored without loss of precision.",
         (f"{DOLLARS}/description", f"{DOLLARS}/type")),
    Rule("UPDATE-13", MUST, "A count is stored without loss of precision up to the int64 maximum.",
         (f"{COUNT}/format", f"{COUNT}/maximum")),
    Rule("UPDATE-14", MUST, "Every documented unit of duration is accepted and stored.", (DURATION,)),
    Rule("UPDATE-15", MUST, "One update can change both components.", (SETS, f"{UPDATE}/properties")),
    Rule("UPDATE-16", MUST,
         "An update of governance leaves id, name, created_at and the attributes of the business unit unchanged.",
         (SETS,)),
    Rule("UPDATE-17", MUST, "Repeating an update changes no setting.", (SETS, "RFC 9110 section 9.2.2")),
    Rule("UPDATE-18", SHOULD, "budget_id and rate_limit_id in the response equal the ids of the components.",
         (f"{UNIT}/properties/budget_id", f"{UNIT}/properties/rate_limit_id")),
    Rule("UPDATE-19", MUST, "A null calendar_aligned is accepted.",
         (f"{BUDGET_IN}/properties/calendar_aligned/type", SWITCH)),
    Rule("UPDATE-20", MUST, "Every update that the contract permits is accepted and shown.",
         (SETS, f"{UPDATE}/properties", f"{BUDGET_IN}/properties", f"{RATE_IN}/properties")),
    Rule("UPDATE-21", MUST,
         "After an update of part of a component, a read matches the response and the other component is unchanged.",
         (KEEPS, SETS)),
    Rule("UPDATE-22", MUST, "Equivalent spellings of a JSON body have the same effect.", (UPDATE_BODY, "RFC 8259")),
    Rule("UPDATE-23", SHOULD, "Members that the schema does not define are ignored.",
         (f"{UPDATE}/properties", f"{BUDGET_IN}/properties", f"{RATE_IN}/properties")),
    Rule("UPDATE-24", SHOULD, "Durations with a fraction or several clock units are accepted and stored.",
         (f'{RESET_DURATION}/description "Clock units"', f"{RESET_DURATION}/pattern")),
    Rule("UPDATE-25", SHOULD, "The media type application/json is recognised in any case and with a charset.",
         (UPDATE_BODY, "RFC 9110 section 8.3.1")),
)
# fmt: on
