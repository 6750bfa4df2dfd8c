"""Places in the contract that several rules cite. `contract/citations.py` describes their form."""

from __future__ import annotations

from ..operation_ids import (
    ASSIGN_TEAM,
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_UNIT,
    REMOVE_TEAM,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)

SCHEMAS = "components/schemas"
RESPONSES = "components/responses"
UPDATE = f"{SCHEMAS}/UpdateBusinessUnitGovernanceRequest"
BUDGET_IN = f"{SCHEMAS}/UpdateBudgetRequest"
RATE_IN = f"{SCHEMAS}/UpdateRateLimitRequest"
BUDGET = f"{SCHEMAS}/Budget"
RATE_LIMIT = f"{SCHEMAS}/RateLimit"
UNIT = f"{SCHEMAS}/BusinessUnit"
LISTED = f"{SCHEMAS}/ListBusinessUnitsResponse"
DOLLARS = f"{SCHEMAS}/MaxLimitDollars"
COUNT = f"{SCHEMAS}/MaxLimitCount"
ERROR = f"{SCHEMAS}/BifrostError"
CREATE_UNIT_IN = f"{SCHEMAS}/CreateBusinessUnitRequest"
NAME = f"{CREATE_UNIT_IN}/properties/name"
CREATE_BUDGET_IN = f"{SCHEMAS}/CreateBudgetRequest"
ASSIGN_IN = f"{SCHEMAS}/AssignTeamToBusinessUnitRequest"
GOVERNED = f"{SCHEMAS}/BusinessUnitGovernanceResponse"
DETAIL = f"{SCHEMAS}/BusinessUnitDetailResponse"
ENTRY = f"{SCHEMAS}/BusinessUnitListItem"
RESET_DURATION = f"{SCHEMAS}/ResetDuration"
BAD_UPDATE = f"{UPDATE_GOVERNANCE}/responses/400"
UPDATE_NOT_FOUND = f"{UPDATE_GOVERNANCE}/responses/404"
UPDATE_BODY = f"{UPDATE_GOVERNANCE}/requestBody/content"

# Sentences that several rules cite, selected by their first words.
BEARER = 'components/securitySchemes/ManagementBearerAuth/description "Use the Authorization header"'
UNSUPPORTED = 'components/securitySchemes/ManagementBearerAuth/description "Virtual keys"'
UNAUTHORIZED = f'{RESPONSES}/Unauthorized/description "Missing or invalid"'
UNAUTHORIZED_BODY = f'{RESPONSES}/Unauthorized/description "The response body is"'
SETS = f'{UPDATE_GOVERNANCE}/description "Sets, changes or removes"'
KEEPS = f'{UPDATE_GOVERNANCE}/description "A component that"'
REMOVES = f'{UPDATE_GOVERNANCE}/description "Passing an empty"'
ONE_OF_TWO = f'{CREATE_GOVERNANCE}/description "At least one"'
SWITCH = f'{BUDGET_IN}/properties/calendar_aligned/description "Turns calendar-aligned"'
ALIGNABLE = f'{BUDGET_IN}/properties/calendar_aligned/description "Calendar alignment is"'
ENABLING = f'{BUDGET_IN}/properties/calendar_aligned/description "Turning it on"'
DURATION = f'{SCHEMAS}/ResetDuration/description "A length of time"'
CREATES = f'{CREATE_UNIT}/description "Creates a business unit"'
UNIQUE = f'{CREATE_UNIT}/description "Names must"'
DELETES = f'{DELETE_UNIT}/description "Deletes a business unit"'
RENAMES = f'{RENAME_UNIT}/description "Changes only"'
ONE_UNIT_AT_MOST = f'{ASSIGN_TEAM}/description "A team belongs"'
UNASSIGNS = f"{REMOVE_TEAM}/description"
