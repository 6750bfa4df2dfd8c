"""The rules of the area LIFE: business units and their teams."""

from __future__ import annotations

from ..operation_ids import (
    ASSIGN_TEAM,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    LIST_TEAMS,
    REMOVE_TEAM,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)
from .needs import OWN, OWN_DELETE, OWN_READ, OWN_RENAME, OWN_RENAME_READ, TEAM
from .places import (
    CREATES,
    DELETES,
    DETAIL,
    KEEPS,
    NAME,
    ONE_UNIT_AT_MOST,
    REMOVES,
    RENAMES,
    SETS,
    UNASSIGNS,
    UNIQUE,
    UPDATE_NOT_FOUND,
)
from .rule import MUST, SHOULD, Need, Rule

# fmt: off
RULES = (
    Rule("LIFE-01", MUST, "A created business unit can be read and has no governance.", (CREATES,), OWN_READ),
    Rule("LIFE-02", MUST, "Creating a business unit with a name in use is a conflict.",
         (f"{CREATE_UNIT}/responses/409", UNIQUE), OWN),
    Rule("LIFE-03", MUST, "Every operation on a deleted business unit is refused as not found.",
         (DELETES, UPDATE_NOT_FOUND), OWN),
    Rule("LIFE-04", MUST, "Deleting governance removes both components.",
         (f"{DELETE_GOVERNANCE}/description",), OWN_DELETE),
    Rule("LIFE-05", MUST, "Deleting absent governance is refused as not found.",
         (f"{DELETE_GOVERNANCE}/responses/404",), OWN_DELETE),
    Rule("LIFE-06", SHOULD, "Renaming a business unit changes its name and nothing else.",
         (RENAMES,), OWN_RENAME_READ),
    Rule("LIFE-07", SHOULD, "Renaming a business unit to a name in use is a conflict.",
         (f"{RENAME_UNIT}/responses/409",), OWN_RENAME),
    Rule("LIFE-08", MUST, "An assigned team is listed once with its business unit until it is removed.",
         (f'{ASSIGN_TEAM}/description "Assigns an existing"', f"{LIST_TEAMS}/description", UNASSIGNS), TEAM),
    Rule("LIFE-09", MUST, "Assigning a team of another business unit is a conflict.",
         (f"{ASSIGN_TEAM}/responses/409", ONE_UNIT_AT_MOST), TEAM),
    Rule("LIFE-10", MUST, "A team operation on an absent team or business unit is refused as not found.",
         (f"{ASSIGN_TEAM}/responses/404", f"{REMOVE_TEAM}/responses/404"), TEAM),
    Rule("LIFE-11", MUST, "Deleting a business unit unassigns its teams.", (DELETES,), TEAM),
    Rule("LIFE-12", MUST, "Deleting a business unit leaves other business units unchanged.", (DELETES,), OWN),
    Rule("LIFE-13", MUST, "After any sequence of operations, every business unit matches the contract.",
         (SETS, KEEPS, REMOVES), OWN),
    Rule("LIFE-14", MUST, "A name with non-ASCII letters is stored unchanged.", (f"{NAME}/type",), OWN_READ),
    Rule("LIFE-15", SHOULD, "A name with punctuation, emoji, repeated spaces or many characters is stored unchanged.",
         (f"{NAME}/type", f"{NAME}/maxLength"), OWN_READ),
    Rule("LIFE-16", SHOULD, "The name of a deleted business unit can be reused for a new one.", (UNIQUE,), OWN_READ),
    Rule("LIFE-17", SHOULD, "A name given by a rename counts as in use.",
         (f"{CREATE_UNIT}/responses/409", UNIQUE), OWN_RENAME),
    Rule("LIFE-18", SHOULD, "Renaming a business unit to its current name is accepted.", (RENAMES,), OWN_RENAME),
    Rule("LIFE-19", SHOULD, "A renamed business unit keeps its teams.", (RENAMES,), (Need.TEAM, Need.RENAME)),
    Rule("LIFE-20", SHOULD, "Renaming a business unit advances its updated_at.",
         (f"{DETAIL}/properties/updated_at/description",), OWN_RENAME_READ),
    Rule("LIFE-21", MUST, "Removing a team leaves the other teams of the business unit assigned.",
         (UNASSIGNS,), TEAM),
    Rule("LIFE-22", MUST, "Requests that follow links get declared responses, and 404 only without the business unit.",
         (f"{UPDATE_GOVERNANCE}/responses", CREATES, DELETES), OWN, thorough=True),
)
# fmt: on
