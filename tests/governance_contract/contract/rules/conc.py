"""The rules of the area CONC: concurrent requests."""

from __future__ import annotations

from ..operation_ids import ASSIGN_TEAM, CREATE_GOVERNANCE, DELETE_UNIT
from .needs import OWN, OWN_CREATE, TEAM
from .places import BAD_UPDATE, CREATES, DELETES, KEEPS, ONE_UNIT_AT_MOST, REMOVES, SETS, UNIQUE, UPDATE_NOT_FOUND
from .rule import MUST, SHOULD, Rule

# fmt: off
RULES = (
    Rule("CONC-01", MUST, "Concurrent updates of different components both take effect.", (KEEPS, SETS)),
    Rule("CONC-02", MUST, "Exactly one of several concurrent creations with the same name succeeds.", (UNIQUE,), OWN),
    Rule("CONC-03", MUST, "Concurrent updates of different business units do not affect each other.", (SETS,), OWN),
    Rule("CONC-04", MUST, "A business unit that is deleted during an update is gone afterwards.",
         (DELETES, UPDATE_NOT_FOUND), OWN),
    Rule("CONC-05", MUST, "Exactly one of several concurrent creations of governance succeeds.",
         (f"{CREATE_GOVERNANCE}/responses/409",), OWN_CREATE),
    Rule("CONC-06", MUST, "Concurrent updates of one component do not mix their settings.", (SETS,)),
    Rule("CONC-07", MUST, "A concurrent removal and update of one component take effect one after the other.",
         (REMOVES, SETS)),
    Rule("CONC-08", MUST, "Exactly one of two concurrent assignments of one team succeeds.",
         (ONE_UNIT_AT_MOST, f"{ASSIGN_TEAM}/responses/409"), TEAM),
    Rule("CONC-09", MUST, "Business units that are created concurrently all exist afterwards.", (CREATES,), OWN),
    Rule("CONC-10", MUST,
         "Concurrent deletions of one business unit return a declared status, and the unit is deleted.",
         (f"{DELETE_UNIT}/responses/200", f"{DELETE_UNIT}/responses/404"), OWN),
    Rule("CONC-11", SHOULD, "A concurrent read shows all of an update or none of it, and nothing of a refused update.",
         (SETS, BAD_UPDATE)),
)
# fmt: on
