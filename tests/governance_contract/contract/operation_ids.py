"""The operationIds of the operations that the checks send."""

from __future__ import annotations

UPDATE_GOVERNANCE = "updateBusinessUnitGovernance"
CREATE_GOVERNANCE = "createBusinessUnitGovernance"
DELETE_GOVERNANCE = "deleteBusinessUnitGovernance"
LIST_UNITS = "listBusinessUnits"
CREATE_UNIT = "createBusinessUnit"
GET_UNIT = "getBusinessUnit"
RENAME_UNIT = "updateBusinessUnit"
DELETE_UNIT = "deleteBusinessUnit"
LIST_TEAMS = "listBusinessUnitTeams"
ASSIGN_TEAM = "assignTeamToBusinessUnit"
REMOVE_TEAM = "removeTeamFromBusinessUnit"
