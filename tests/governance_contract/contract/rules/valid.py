"""The rules of the area VALID: request validation."""

from __future__ import annotations

from ..operation_ids import CREATE_GOVERNANCE, UPDATE_GOVERNANCE
from .needs import OWN, OWN_CREATE, OWN_RENAME_READ, TEAM
from .places import (
    ALIGNABLE,
    ASSIGN_IN,
    BAD_UPDATE,
    COUNT,
    CREATE_UNIT_IN,
    DOLLARS,
    DURATION,
    NAME,
    ONE_OF_TWO,
    RESET_DURATION,
    UPDATE,
    UPDATE_BODY,
)
from .rule import MUST, SHOULD, Rule

# fmt: off
RULES = (
    Rule("VALID-01", MUST, "A field of the wrong type is refused.",
         (BAD_UPDATE, f"{DOLLARS}/type", f"{COUNT}/type", f"{RESET_DURATION}/type")),
    Rule("VALID-02", MUST, "A body that is not a JSON object is refused.", (f"{UPDATE}/type", BAD_UPDATE)),
    Rule("VALID-03", MUST, "A body that is not JSON is refused.", (BAD_UPDATE, UPDATE_BODY, "RFC 8259")),
    Rule("VALID-04", MUST, "An empty or missing body is refused.",
         (f"{UPDATE_GOVERNANCE}/requestBody/required", BAD_UPDATE)),
    Rule("VALID-05", SHOULD, "A negative limit is refused.", (f"{DOLLARS}/exclusiveMinimum", f"{COUNT}/minimum")),
    Rule("VALID-06", SHOULD, "A limit of zero is refused.", (f"{DOLLARS}/exclusiveMinimum", f"{COUNT}/minimum")),
    Rule("VALID-07", SHOULD, "A duration in an unknown format is refused.", (DURATION, f"{RESET_DURATION}/pattern")),
    Rule("VALID-08", SHOULD, "A duration of zero or less is refused.", (DURATION,)),
    Rule("VALID-09", MUST, "A count that is not a whole number is refused.", (f"{COUNT}/type",)),
    Rule("VALID-10", MUST, "A count outside the int64 range is refused.", (f"{COUNT}/format", f"{COUNT}/maximum")),
    # The contract states VALID-11. It leaves open what a budget without one of the fields means: VALID-12 is a SHOULD.
    Rule("VALID-11", MUST, "Calendar alignment with a duration shorter than a day is refused.", (ALIGNABLE,)),
    Rule("VALID-12", SHOULD,
         "An update of one field is refused if the budget would be aligned with a duration shorter than a day.",
         (ALIGNABLE,)),
    Rule("VALID-13", SHOULD,
         "An oversized or deeply nested body is applied in full or refused, and the target keeps responding.",
         (f"{UPDATE_GOVERNANCE}/responses/413", "RFC 9110 section 15.5.14")),
    Rule("VALID-14", MUST, "An update with one invalid component changes neither component.", (BAD_UPDATE,)),
    Rule("VALID-15", MUST, "A body that violates the published schema is refused.", (BAD_UPDATE,)),
    Rule("VALID-16", MUST, "A request refused as invalid changes nothing.", (BAD_UPDATE,)),
    Rule("VALID-17", MUST, "Creating a business unit requires a name of type string.",
         (f"{CREATE_UNIT_IN}/required", f"{NAME}/type"), OWN),
    Rule("VALID-18", MUST, "Assigning a team requires a team_id of type string.",
         (f"{ASSIGN_IN}/required", f"{ASSIGN_IN}/properties/team_id/type"), TEAM),
    Rule("VALID-19", MUST, "A creation of governance that violates the published schema is refused.",
         (f"{CREATE_GOVERNANCE}/responses/400", ONE_OF_TWO), OWN_CREATE),
    Rule("VALID-20", SHOULD, "Renaming a business unit requires a name of type string.",
         (f"{CREATE_UNIT_IN}/required", f"{NAME}/type"), OWN_RENAME_READ),
    Rule("VALID-21", SHOULD, "A body with another media type, or none, is applied in full or refused without a change.",
         (UPDATE_BODY, "RFC 9110 section 15.5.16")),
    Rule("VALID-22", SHOULD, "A name that is empty, blank or too long is refused.",
         (f"{NAME}/minLength", f"{NAME}/pattern", f"{NAME}/maxLength"), OWN),
    Rule("VALID-23", SHOULD, "A body that is not encoded in UTF-8 is refused.", ("RFC 8259 section 8.1",)),
    Rule("VALID-24", SHOULD, "Alignment with a duration in hours is refused, even if it lasts a day or more.",
         (ALIGNABLE,)),
    Rule("VALID-25", SHOULD, "A duration that is too long is refused.", (f"{RESET_DURATION}/maxLength",)),
)
# fmt: on
