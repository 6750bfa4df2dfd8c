"""The catalogue of rules: requirement, level, citations, and the needs of each rule.

Ids are permanent: they are never renumbered or reused. A MUST rule is based on the published contract. A SHOULD rule
is based on the behaviour of the product's sibling endpoints, or on good practice. Tests name only the id.
`citations.py` describes the form of a citation, `explanations.toml` explains each rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from . import operation_ids
from .operation_ids import (
    ASSIGN_TEAM,
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    DELETE_UNIT,
    LIST_TEAMS,
    LIST_UNITS,
    REMOVE_TEAM,
    RENAME_UNIT,
    UPDATE_GOVERNANCE,
)


class Level(StrEnum):
    """The level of a rule, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Need(StrEnum):
    """A capability of the target that a rule needs. Without it, the rule is skipped, and the report shows this text."""

    UNIT = "a business unit can be created and deleted, or one is named (--business-unit)"
    OWN_UNITS = "the target lets the checks create and delete business units of their own"
    READ = f"the target serves {operation_ids.GET_UNIT}"
    LIST = f"the target serves {operation_ids.LIST_UNITS}"
    RENAME = f"the target serves {operation_ids.RENAME_UNIT}, an operation of the second edition"
    CREATE_GOVERNANCE = f"the target serves {operation_ids.CREATE_GOVERNANCE}"
    DELETE_GOVERNANCE = f"the target serves {operation_ids.DELETE_GOVERNANCE}"
    TEAM = "the target serves the team operations and a team without a business unit is named (--team)"
    RESET = "the contract in use says that enabling alignment starts a new period"
    USAGE = "a business unit whose budget or rate limit has usage is named (--business-unit)"


@dataclass(frozen=True)
class Rule:
    """One requirement."""

    id: str
    level: Level
    title: str
    citations: tuple[str, ...]
    """The places of the normative text. The first citation of a MUST rule is in the published contract."""
    needs: tuple[Need, ...] = ()
    thorough: bool = False
    """Whether the rule takes so long that it is judged only in a thorough run, or if its id is named."""

    @property
    def area(self) -> str:
        """The part of the id before the number."""
        return self.id.rpartition("-")[0]


AREAS: Mapping[str, str] = {
    "AUTH": "authentication",
    "UPDATE": "updates of governance",
    "REMOVE": "removal of components",
    "CREATE": "creation of components",
    "ALIGN": "calendar alignment",
    "VALID": "request validation",
    "ERROR": "error responses",
    "RESP": "successful responses",
    "LIFE": "business units and their teams",
    "LIST": "lists, pages and search",
    "CONC": "concurrent requests",
    "HTTP": "HTTP semantics",
}

RETIRED: Mapping[str, str] = {
    "ERROR-08": "the id was never used",
}
"""Ids that are never assigned to a rule, with the reason."""

_SCHEMAS = "components/schemas"
_RESPONSES = "components/responses"
_UPDATE = f"{_SCHEMAS}/UpdateBusinessUnitGovernanceRequest"
_BUDGET_IN = f"{_SCHEMAS}/UpdateBudgetRequest"
_RATE_IN = f"{_SCHEMAS}/UpdateRateLimitRequest"
_BUDGET = f"{_SCHEMAS}/Budget"
_RATE_LIMIT = f"{_SCHEMAS}/RateLimit"
_UNIT = f"{_SCHEMAS}/BusinessUnit"
_LISTED = f"{_SCHEMAS}/ListBusinessUnitsResponse"
_DOLLARS = f"{_SCHEMAS}/MaxLimitDollars"
_COUNT = f"{_SCHEMAS}/MaxLimitCount"
_ERROR = f"{_SCHEMAS}/BifrostError"
_CREATE_UNIT_IN = f"{_SCHEMAS}/CreateBusinessUnitRequest"
_NAME = f"{_CREATE_UNIT_IN}/properties/name"
_CREATE_BUDGET_IN = f"{_SCHEMAS}/CreateBudgetRequest"
_ASSIGN_IN = f"{_SCHEMAS}/AssignTeamToBusinessUnitRequest"
_GOVERNED = f"{_SCHEMAS}/BusinessUnitGovernanceResponse"
_DETAIL = f"{_SCHEMAS}/BusinessUnitDetailResponse"
_ENTRY = f"{_SCHEMAS}/BusinessUnitListItem"
_RESET_DURATION = f"{_SCHEMAS}/ResetDuration"
_BAD_UPDATE = f"{UPDATE_GOVERNANCE}/responses/400"
_UPDATE_NOT_FOUND = f"{UPDATE_GOVERNANCE}/responses/404"
_UPDATE_BODY = f"{UPDATE_GOVERNANCE}/requestBody/content"

# Sentences that several rules cite, selected by their first words.
_BEARER = 'components/securitySchemes/ManagementBearerAuth/description "Use the Authorization header"'
_UNSUPPORTED = 'components/securitySchemes/ManagementBearerAuth/description "Virtual keys"'
_UNAUTHORIZED = f'{_RESPONSES}/Unauthorized/description "Missing or invalid"'
_UNAUTHORIZED_BODY = f'{_RESPONSES}/Unauthorized/description "The response body is"'
_SETS = f'{UPDATE_GOVERNANCE}/description "Sets, changes or removes"'
_KEEPS = f'{UPDATE_GOVERNANCE}/description "A component that"'
_REMOVES = f'{UPDATE_GOVERNANCE}/description "Passing an empty"'
_ONE_OF_TWO = f'{CREATE_GOVERNANCE}/description "At least one"'
_SWITCH = f'{_BUDGET_IN}/properties/calendar_aligned/description "Turns calendar-aligned"'
_ALIGNABLE = f'{_BUDGET_IN}/properties/calendar_aligned/description "Calendar alignment is"'
_ENABLING = f'{_BUDGET_IN}/properties/calendar_aligned/description "Turning it on"'
_DURATION = f'{_SCHEMAS}/ResetDuration/description "A length of time"'
_CREATES = f'{CREATE_UNIT}/description "Creates a business unit"'
_UNIQUE = f'{CREATE_UNIT}/description "Names must"'
_DELETES = f'{DELETE_UNIT}/description "Deletes a business unit"'
_RENAMES = f'{RENAME_UNIT}/description "Changes only"'
_ONE_UNIT_AT_MOST = f'{ASSIGN_TEAM}/description "A team belongs"'
_UNASSIGNS = f"{REMOVE_TEAM}/description"

MUST, SHOULD = Level.MUST, Level.SHOULD

# Needs that many rules share.
_OWN = (Need.OWN_UNITS,)
_OWN_READ = (Need.OWN_UNITS, Need.READ)
_OWN_CREATE = (Need.OWN_UNITS, Need.CREATE_GOVERNANCE)
_OWN_DELETE = (Need.OWN_UNITS, Need.DELETE_GOVERNANCE)
_OWN_RENAME = (Need.OWN_UNITS, Need.RENAME)
_OWN_RENAME_READ = (Need.OWN_UNITS, Need.RENAME, Need.READ)
_OWN_LIST = (Need.LIST, Need.OWN_UNITS)
_OWN_LIST_READ = (Need.LIST, Need.OWN_UNITS, Need.READ)
_TEAM = (Need.TEAM,)

# fmt: off
# Each row has the id, the level and the title of a rule, then its citations, and its needs if it has any.
_ROWS = (
    # -- AUTH ---------------------------------------------------------------------------------------------------------
    Rule("AUTH-01", MUST, "A request without a credential is refused.", (_BEARER, _UNAUTHORIZED)),
    Rule("AUTH-02", MUST, "A management key that was never issued is refused.", (_UNAUTHORIZED,)),
    Rule("AUTH-03", MUST, "The management key under a scheme other than Bearer is refused.", (_BEARER,)),
    Rule("AUTH-04", MUST, "The management key without a scheme is refused.", (_BEARER,)),
    Rule("AUTH-05", MUST, "A virtual key is refused.", (_UNSUPPORTED,)),
    Rule("AUTH-06", MUST, "A dashboard token is refused.", (_UNSUPPORTED,)),
    Rule("AUTH-07", MUST, "A user token is refused.", (_UNSUPPORTED,)),
    Rule("AUTH-08", MUST, "A session token is refused.", (_UNSUPPORTED,)),
    Rule("AUTH-09", MUST, "The management key in x-api-key alone is refused.", (_UNSUPPORTED,)),
    Rule("AUTH-10", MUST, "The management key in x-api-key is refused if the Authorization header is bad.",
         (_UNSUPPORTED,)),
    Rule("AUTH-11", MUST, "A token that resembles the management key is refused.", (_UNAUTHORIZED,)),
    Rule("AUTH-12", MUST, "The management key outside the Authorization header is refused.", (_BEARER,)),
    Rule("AUTH-13", MUST, "A request refused for its credential changes nothing.", (_UNAUTHORIZED, _BEARER),
         (Need.UNIT,)),
    Rule("AUTH-14", MUST, "The credential is checked before the body and the business unit.", (_BEARER, _UNAUTHORIZED)),
    Rule("AUTH-15", SHOULD, "A bad credential is refused as unauthenticated (401), not as forbidden (403).",
         (_UNAUTHORIZED, "RFC 9110 section 15.5.2")),
    Rule("AUTH-16", SHOULD, "The response to a bad credential does not repeat the credential.", (_UNAUTHORIZED_BODY,)),
    Rule("AUTH-17", SHOULD, "The error message is the same for every kind of bad credential.", (_UNAUTHORIZED_BODY,)),
    Rule("AUTH-18", MUST, "Each request on a persistent connection is authenticated by its own credential.",
         (_BEARER,)),
    Rule("AUTH-19", MUST, "The management key as a bearer token is accepted.", (_BEARER,)),
    Rule("AUTH-20", MUST, "Repeated bad credentials stay refused and do not lock out the management key.",
         (_UNAUTHORIZED, _BEARER)),
    Rule("AUTH-21", MUST, "Alternative spellings of the path or method do not bypass authentication.",
         (_BEARER, "RFC 3986 section 6.2.2")),
    Rule("AUTH-22", SHOULD, "The response to a bad credential does not reveal whether a business unit exists.",
         (_UNAUTHORIZED_BODY, "RFC 9110 section 15.5.4")),
    Rule("AUTH-23", SHOULD, "The management key is accepted when the request also has another credential.", (_BEARER,)),
    Rule("AUTH-24", MUST, "A header that claims an origin or a user does not replace a credential.", (_BEARER,)),
    # -- UPDATE -------------------------------------------------------------------------------------------------------
    Rule("UPDATE-01", MUST, "A complete budget replaces the settings of the existing budget.", (_SETS,)),
    Rule("UPDATE-02", MUST, "A read after an update matches the response to the update.", (_SETS,), (Need.READ,)),
    Rule("UPDATE-03", MUST, "The response describes the business unit in the path.",
         (f"{UPDATE_GOVERNANCE}/responses/200", f"{_GOVERNED}/properties/business_unit")),
    Rule("UPDATE-04", MUST, "A component that the body omits is unchanged.", (_KEEPS,)),
    Rule("UPDATE-05", MUST, "An empty update is accepted and changes nothing.", (_KEEPS,)),
    Rule("UPDATE-06", MUST, "A complete rate limit replaces the settings of the existing rate limit.", (_SETS,)),
    Rule("UPDATE-07", SHOULD, "A budget field that the body omits is unchanged.", (_KEEPS, f"{_BUDGET_IN}/properties")),
    Rule("UPDATE-08", SHOULD, "A component keeps its id and created_at when a setting changes.",
         (_SETS, f"{_BUDGET}/properties/id", f"{_BUDGET}/properties/created_at")),
    Rule("UPDATE-09", SHOULD, "A component keeps its usage and last_reset when its limit changes.",
         (_SETS, f"{_BUDGET}/properties/current_usage", f"{_BUDGET}/properties/last_reset"), (Need.USAGE,)),
    Rule("UPDATE-10", SHOULD, "updated_at advances with a change and never goes back.",
         tuple(f"{one}/properties/updated_at/description" for one in (_BUDGET, _RATE_LIMIT, _UNIT))),
    Rule("UPDATE-11", MUST, "An update leaves other business units unchanged.", (_SETS,), _OWN),
    Rule("UPDATE-12", MUST, "A dollar amount is stored without loss of precision.",
         (f"{_DOLLARS}/description", f"{_DOLLARS}/type")),
    Rule("UPDATE-13", MUST, "A count is stored without loss of precision up to the int64 maximum.",
         (f"{_COUNT}/format", f"{_COUNT}/maximum")),
    Rule("UPDATE-14", MUST, "Every documented unit of duration is accepted and stored.", (_DURATION,)),
    Rule("UPDATE-15", MUST, "One update can change both components.", (_SETS, f"{_UPDATE}/properties")),
    Rule("UPDATE-16", MUST,
         "An update of governance leaves id, name, created_at and the attributes of the business unit unchanged.",
         (_SETS,)),
    Rule("UPDATE-17", MUST, "Repeating an update changes no setting.", (_SETS, "RFC 9110 section 9.2.2")),
    Rule("UPDATE-18", SHOULD, "budget_id and rate_limit_id in the response equal the ids of the components.",
         (f"{_UNIT}/properties/budget_id", f"{_UNIT}/properties/rate_limit_id")),
    Rule("UPDATE-19", MUST, "A null calendar_aligned is accepted.",
         (f"{_BUDGET_IN}/properties/calendar_aligned/type", _SWITCH)),
    Rule("UPDATE-20", MUST, "Every update that the contract permits is accepted and shown.",
         (_SETS, f"{_UPDATE}/properties", f"{_BUDGET_IN}/properties", f"{_RATE_IN}/properties")),
    Rule("UPDATE-21", MUST,
         "After an update of part of a component, a read matches the response and the other component is unchanged.",
         (_KEEPS, _SETS)),
    Rule("UPDATE-22", MUST, "Equivalent spellings of a JSON body have the same effect.", (_UPDATE_BODY, "RFC 8259")),
    Rule("UPDATE-23", SHOULD, "Members that the schema does not define are ignored.",
         (f"{_UPDATE}/properties", f"{_BUDGET_IN}/properties", f"{_RATE_IN}/properties")),
    Rule("UPDATE-24", SHOULD, "Durations with a fraction or several clock units are accepted and stored.",
         (f'{_RESET_DURATION}/description "Clock units"', f"{_RESET_DURATION}/pattern")),
    Rule("UPDATE-25", SHOULD, "The media type application/json is recognised in any case and with a charset.",
         (_UPDATE_BODY, "RFC 9110 section 8.3.1")),
    # -- REMOVE -------------------------------------------------------------------------------------------------------
    Rule("REMOVE-01", MUST, "An empty budget object removes the budget.", (_REMOVES,)),
    Rule("REMOVE-02", MUST, "An empty rate_limit object removes the rate limit.", (_REMOVES,)),
    Rule("REMOVE-03", MUST, "Removing one component leaves the other component unchanged.", (_REMOVES, _KEEPS)),
    Rule("REMOVE-04", MUST, "A read after a removal does not show the removed component.", (_REMOVES,), (Need.READ,)),
    Rule("REMOVE-05", MUST, "One update can remove both components.", (_REMOVES,)),
    Rule("REMOVE-06", SHOULD, "Removing an absent component is accepted.", (_REMOVES, "RFC 9110 section 9.2.2")),
    Rule("REMOVE-07", SHOULD, "Removing a component also removes its reference, budget_id or rate_limit_id.",
         (f"{_UNIT}/properties/budget_id", f"{_UNIT}/properties/rate_limit_id")),
    Rule("REMOVE-08", SHOULD, "A component that is set after its removal is a new component.", (_REMOVES,)),
    Rule("REMOVE-09", MUST, "One update can remove one component and set the other.", (_REMOVES, _SETS)),
    Rule("REMOVE-10", MUST, "A later update does not restore a removed component.", (_REMOVES,)),
    # -- CREATE -------------------------------------------------------------------------------------------------------
    Rule("CREATE-01", SHOULD, "An update can set a component that the business unit does not have.", (_SETS,)),
    Rule("CREATE-02", SHOULD, "An update that sets a first budget requires max_limit.",
         (f"{_CREATE_BUDGET_IN}/required",)),
    Rule("CREATE-03", SHOULD, "An update that sets a first budget requires reset_duration.",
         (f"{_CREATE_BUDGET_IN}/required",)),
    Rule("CREATE-04", SHOULD, "A first component starts without usage and alignment, and its period starts now.",
         (f"{_BUDGET}/properties/current_usage", f"{_BUDGET}/properties/last_reset")),
    Rule("CREATE-05", SHOULD, "A first rate limit requires a duration for each limit.",
         (f'{_SCHEMAS}/CreateRateLimitRequest/description "Each limit"',)),
    Rule("CREATE-06", MUST, "A created budget is not calendar-aligned by default.",
         (f"{_CREATE_BUDGET_IN}/properties/calendar_aligned/default",), _OWN_CREATE),
    Rule("CREATE-07", MUST, "Governance can be created with either component or both.", (_ONE_OF_TWO,), _OWN_CREATE),
    Rule("CREATE-08", MUST,
         "Creating governance for a business unit that has governance is a conflict and changes nothing.",
         (f"{CREATE_GOVERNANCE}/responses/409", f'{CREATE_GOVERNANCE}/description "If the unit already"'), _OWN_CREATE),
    Rule("CREATE-09", MUST, "Creating governance requires a budget or a rate limit.", (_ONE_OF_TWO,), _OWN_CREATE),
    Rule("CREATE-10", MUST, "Creating a budget requires max_limit and reset_duration.",
         (f"{_CREATE_BUDGET_IN}/required",), _OWN_CREATE),
    Rule("CREATE-11", MUST, "Governance can be created again after its removal.",
         (f'{CREATE_GOVERNANCE}/description "Configures governance"',), _OWN_CREATE),
    # -- ALIGN --------------------------------------------------------------------------------------------------------
    Rule("ALIGN-01", MUST, "Enabling calendar alignment sets last_reset to the start of the current period in UTC.",
         (_ENABLING,), (Need.RESET,)),
    Rule("ALIGN-02", MUST, "Enabling calendar alignment sets usage to zero.", (_ENABLING,), (Need.RESET, Need.USAGE)),
    Rule("ALIGN-03", SHOULD, "Enabling alignment that is already on keeps usage and last_reset.", (_ENABLING,)),
    Rule("ALIGN-04", SHOULD, "Disabling alignment keeps usage and last_reset.", (_SWITCH, _ENABLING)),
    Rule("ALIGN-05", MUST, "Alignment is accepted with durations in days, weeks, months and years.", (_ALIGNABLE,)),
    Rule("ALIGN-06", SHOULD, "The last_reset of a new calendar-aligned budget is the start of the current period.",
         (f'{_CREATE_BUDGET_IN}/properties/calendar_aligned/description "Whether usage"',)),
    Rule("ALIGN-07", SHOULD, "A null calendar_aligned leaves alignment, usage and last_reset unchanged.", (_SWITCH,)),
    Rule("ALIGN-08", SHOULD,
         "Enabling alignment with a new duration sets last_reset to the start of the period of that duration.",
         (_ENABLING,), (Need.RESET,)),
    Rule("ALIGN-09", MUST, "An update that enables alignment also applies its other settings.", (_SETS, _SWITCH)),
    Rule("ALIGN-10", SHOULD,
         "Enabling alignment with a multiple of a unit sets last_reset to the start of a period of that unit.",
         (_ENABLING,), (Need.RESET,)),
    # -- VALID --------------------------------------------------------------------------------------------------------
    Rule("VALID-01", MUST, "A field of the wrong type is refused.",
         (_BAD_UPDATE, f"{_DOLLARS}/type", f"{_COUNT}/type", f"{_RESET_DURATION}/type")),
    Rule("VALID-02", MUST, "A body that is not a JSON object is refused.", (f"{_UPDATE}/type", _BAD_UPDATE)),
    Rule("VALID-03", MUST, "A body that is not JSON is refused.", (_BAD_UPDATE, _UPDATE_BODY, "RFC 8259")),
    Rule("VALID-04", MUST, "An empty or missing body is refused.",
         (f"{UPDATE_GOVERNANCE}/requestBody/required", _BAD_UPDATE)),
    Rule("VALID-05", SHOULD, "A negative limit is refused.", (f"{_DOLLARS}/exclusiveMinimum", f"{_COUNT}/minimum")),
    Rule("VALID-06", SHOULD, "A limit of zero is refused.", (f"{_DOLLARS}/exclusiveMinimum", f"{_COUNT}/minimum")),
    Rule("VALID-07", SHOULD, "A duration in an unknown format is refused.", (_DURATION, f"{_RESET_DURATION}/pattern")),
    Rule("VALID-08", SHOULD, "A duration of zero or less is refused.", (_DURATION,)),
    Rule("VALID-09", MUST, "A count that is not a whole number is refused.", (f"{_COUNT}/type",)),
    Rule("VALID-10", MUST, "A count outside the int64 range is refused.", (f"{_COUNT}/format", f"{_COUNT}/maximum")),
    # The contract states VALID-11. It leaves open what a budget without one of the fields means: VALID-12 is a SHOULD.
    Rule("VALID-11", MUST, "Calendar alignment with a duration shorter than a day is refused.", (_ALIGNABLE,)),
    Rule("VALID-12", SHOULD,
         "An update of one field is refused if the budget would be aligned with a duration shorter than a day.",
         (_ALIGNABLE,)),
    Rule("VALID-13", SHOULD,
         "An oversized or deeply nested body is applied in full or refused, and the target keeps responding.",
         (f"{UPDATE_GOVERNANCE}/responses/413", "RFC 9110 section 15.5.14")),
    Rule("VALID-14", MUST, "An update with one invalid component changes neither component.", (_BAD_UPDATE,)),
    Rule("VALID-15", MUST, "A body that violates the published schema is refused.", (_BAD_UPDATE,)),
    Rule("VALID-16", MUST, "A request refused as invalid changes nothing.", (_BAD_UPDATE,)),
    Rule("VALID-17", MUST, "Creating a business unit requires a name of type string.",
         (f"{_CREATE_UNIT_IN}/required", f"{_NAME}/type"), _OWN),
    Rule("VALID-18", MUST, "Assigning a team requires a team_id of type string.",
         (f"{_ASSIGN_IN}/required", f"{_ASSIGN_IN}/properties/team_id/type"), _TEAM),
    Rule("VALID-19", MUST, "A creation of governance that violates the published schema is refused.",
         (f"{CREATE_GOVERNANCE}/responses/400", _ONE_OF_TWO), _OWN_CREATE),
    Rule("VALID-20", SHOULD, "Renaming a business unit requires a name of type string.",
         (f"{_CREATE_UNIT_IN}/required", f"{_NAME}/type"), _OWN_RENAME_READ),
    Rule("VALID-21", SHOULD, "A body with another media type, or none, is applied in full or refused without a change.",
         (_UPDATE_BODY, "RFC 9110 section 15.5.16")),
    Rule("VALID-22", SHOULD, "A name that is empty, blank or too long is refused.",
         (f"{_NAME}/minLength", f"{_NAME}/pattern", f"{_NAME}/maxLength"), _OWN),
    Rule("VALID-23", SHOULD, "A body that is not encoded in UTF-8 is refused.", ("RFC 8259 section 8.1",)),
    Rule("VALID-24", SHOULD, "Alignment with a duration in hours is refused, even if it lasts a day or more.",
         (_ALIGNABLE,)),
    Rule("VALID-25", SHOULD, "A duration that is too long is refused.", (f"{_RESET_DURATION}/maxLength",)),
    # -- ERROR --------------------------------------------------------------------------------------------------------
    Rule("ERROR-01", MUST, "A request for an unknown business unit is refused as not found.", (_UPDATE_NOT_FOUND,)),
    Rule("ERROR-02", MUST, "An error response carries the error body of the contract.",
         (f"{_ERROR}/description", f"{_ERROR}/properties")),
    Rule("ERROR-03", SHOULD, "An error body has the members that the gateway always sends.",
         (f"{_ERROR}/required", f"{_ERROR}/properties/error/required")),
    Rule("ERROR-04", MUST, "The media type of an error response is application/json.",
         (f"{_RESPONSES}/BadRequest/content",)),
    Rule("ERROR-05", SHOULD, "An error response does not reveal internals of the target.",
         (f'{_RESPONSES}/InternalError/description "The response body does"',)),
    Rule("ERROR-06", MUST, "No request of the checks causes a server error.", (_BAD_UPDATE, "RFC 9110 section 15.6")),
    Rule("ERROR-07", SHOULD, "status_code in the error body equals the HTTP status.",
         (f"{_ERROR}/properties/status_code",)),
    Rule("ERROR-09", SHOULD, "Error responses with an unpublished status also carry the error body and media type.",
         (f"{_ERROR}/description", f"{_RESPONSES}/Unauthorized/content", f"{_RESPONSES}/MethodNotAllowed/content")),
    Rule("ERROR-10", MUST, "An invalid body for an unknown business unit is refused as invalid or as not found.",
         (_BAD_UPDATE, _UPDATE_NOT_FOUND)),
    Rule("ERROR-11", MUST, "A part or a pattern of an id does not address the business unit.",
         (_UPDATE_NOT_FOUND, f"{UPDATE_GOVERNANCE}/parameters/id")),
    Rule("ERROR-12", SHOULD, "Ids of business units are compared exactly.",
         (_UPDATE_NOT_FOUND, f"{UPDATE_GOVERNANCE}/parameters/id")),
    # -- RESP ---------------------------------------------------------------------------------------------------------
    Rule("RESP-01", MUST, "A successful response has the declared status.", (f"{UPDATE_GOVERNANCE}/responses/200",)),
    Rule("RESP-02", MUST, "The members of a response have the types of the published schema.",
         (f"{_GOVERNED}/type", f"{_BUDGET}/properties/max_limit/type", f"{_SCHEMAS}/Int64/type")),
    Rule("RESP-03", MUST, "The media type of a successful response is application/json.",
         (f"{UPDATE_GOVERNANCE}/responses/200/content",)),
    Rule("RESP-04", MUST, "The body of a successful response is exactly one JSON document.",
         (f"{UPDATE_GOVERNANCE}/responses/200/content", "RFC 8259 section 2")),
    Rule("RESP-05", SHOULD, "A response has the members that sibling endpoints always send.",
         (f"{_GOVERNED}/required", f"{_UNIT}/required", f"{_RESET_DURATION}/pattern")),
    Rule("RESP-06", MUST, "Timestamps follow RFC 3339 and have a time zone offset.",
         (f"{_BUDGET}/properties/last_reset/format", "RFC 3339 section 5.6")),
    Rule("RESP-07", MUST, "A response has every member that the published schema requires.",
         (f"{_BUDGET}/required", f"{_RATE_LIMIT}/required")),
    Rule("RESP-08", MUST, "The status of a response is declared for the operation.",
         (f"{UPDATE_GOVERNANCE}/responses",)),
    Rule("RESP-09", MUST, "A request generated from the contract gets a declared status.",
         (f"{UPDATE_GOVERNANCE}/responses",)),
    Rule("RESP-10", SHOULD, "Consecutive reads of a business unit in use never show less usage.",
         (f"{_BUDGET}/properties/current_usage",), (Need.USAGE,)),
    # -- LIFE ---------------------------------------------------------------------------------------------------------
    Rule("LIFE-01", MUST, "A created business unit can be read and has no governance.", (_CREATES,), _OWN_READ),
    Rule("LIFE-02", MUST, "Creating a business unit with a name in use is a conflict.",
         (f"{CREATE_UNIT}/responses/409", _UNIQUE), _OWN),
    Rule("LIFE-03", MUST, "Every operation on a deleted business unit is refused as not found.",
         (_DELETES, _UPDATE_NOT_FOUND), _OWN),
    Rule("LIFE-04", MUST, "Deleting governance removes both components.",
         (f"{DELETE_GOVERNANCE}/description",), _OWN_DELETE),
    Rule("LIFE-05", MUST, "Deleting absent governance is refused as not found.",
         (f"{DELETE_GOVERNANCE}/responses/404",), _OWN_DELETE),
    Rule("LIFE-06", SHOULD, "Renaming a business unit changes its name and nothing else.",
         (_RENAMES,), _OWN_RENAME_READ),
    Rule("LIFE-07", SHOULD, "Renaming a business unit to a name in use is a conflict.",
         (f"{RENAME_UNIT}/responses/409",), _OWN_RENAME),
    Rule("LIFE-08", MUST, "An assigned team is listed once with its business unit until it is removed.",
         (f'{ASSIGN_TEAM}/description "Assigns an existing"', f"{LIST_TEAMS}/description", _UNASSIGNS), _TEAM),
    Rule("LIFE-09", MUST, "Assigning a team of another business unit is a conflict.",
         (f"{ASSIGN_TEAM}/responses/409", _ONE_UNIT_AT_MOST), _TEAM),
    Rule("LIFE-10", MUST, "A team operation on an absent team or business unit is refused as not found.",
         (f"{ASSIGN_TEAM}/responses/404", f"{REMOVE_TEAM}/responses/404"), _TEAM),
    Rule("LIFE-11", MUST, "Deleting a business unit unassigns its teams.", (_DELETES,), _TEAM),
    Rule("LIFE-12", MUST, "Deleting a business unit leaves other business units unchanged.", (_DELETES,), _OWN),
    Rule("LIFE-13", MUST, "After any sequence of operations, every business unit matches the contract.",
         (_SETS, _KEEPS, _REMOVES), _OWN),
    Rule("LIFE-14", MUST, "A name with non-ASCII letters is stored unchanged.", (f"{_NAME}/type",), _OWN_READ),
    Rule("LIFE-15", SHOULD, "A name with punctuation, emoji, repeated spaces or many characters is stored unchanged.",
         (f"{_NAME}/type", f"{_NAME}/maxLength"), _OWN_READ),
    Rule("LIFE-16", SHOULD, "The name of a deleted business unit can be reused for a new one.", (_UNIQUE,), _OWN_READ),
    Rule("LIFE-17", SHOULD, "A name given by a rename counts as in use.",
         (f"{CREATE_UNIT}/responses/409", _UNIQUE), _OWN_RENAME),
    Rule("LIFE-18", SHOULD, "Renaming a business unit to its current name is accepted.", (_RENAMES,), _OWN_RENAME),
    Rule("LIFE-19", SHOULD, "A renamed business unit keeps its teams.", (_RENAMES,), (Need.TEAM, Need.RENAME)),
    Rule("LIFE-20", SHOULD, "Renaming a business unit advances its updated_at.",
         (f"{_DETAIL}/properties/updated_at/description",), _OWN_RENAME_READ),
    Rule("LIFE-21", MUST, "Removing a team leaves the other teams of the business unit assigned.",
         (_UNASSIGNS,), _TEAM),
    Rule("LIFE-22", MUST, "Requests that follow links get declared responses, and 404 only without the business unit.",
         (f"{UPDATE_GOVERNANCE}/responses", _CREATES, _DELETES), _OWN, thorough=True),
    # -- LIST ---------------------------------------------------------------------------------------------------------
    Rule("LIST-01", MUST, "The list shows created units, omits deleted units, and total counts them.",
         (f"{_LISTED}/properties/total", f"{LIST_UNITS}/description"), _OWN_LIST),
    Rule("LIST-02", MUST, "A page contains at most limit entries and states its page and limit.",
         (f"{LIST_UNITS}/parameters/limit", f"{_LISTED}/required"), _OWN_LIST),
    Rule("LIST-03", MUST, "The pages together contain every business unit exactly once.",
         (f"{LIST_UNITS}/parameters/page", f"{LIST_UNITS}/description"), _OWN_LIST),
    Rule("LIST-04", MUST, "A search returns every unit whose name contains the text, ignoring case, and no other unit.",
         (f"{LIST_UNITS}/parameters/search/description",), _OWN_LIST),
    Rule("LIST-05", MUST,
         "Without parameters, the list returns the default page with at most the default limit of entries.",
         (f"{LIST_UNITS}/parameters/page/schema/default",
          f"{LIST_UNITS}/parameters/limit/schema/default"), (Need.LIST,)),
    Rule("LIST-06", SHOULD, "A page or limit out of range is refused or brought into range.",
         (f"{LIST_UNITS}/parameters/limit/schema", f"{LIST_UNITS}/parameters/page/schema"), (Need.LIST,)),
    Rule("LIST-07", MUST, "team_count in the list equals the number of assigned teams.",
         (f"{LIST_UNITS}/description", f"{_ENTRY}/properties/team_count"), (Need.LIST, Need.TEAM)),
    Rule("LIST-08", MUST, "A list entry has the id and name that a read shows.",
         (f"{_ENTRY}/description", f"{_ENTRY}/properties"), _OWN_LIST_READ),
    Rule("LIST-09", SHOULD, "A list entry has the created_at that a read shows.",
         (f"{_ENTRY}/description", f"{_ENTRY}/properties"), _OWN_LIST_READ),
    Rule("LIST-10", MUST, "The teams of a business unit are listed in pages and can be searched.",
         (f"{LIST_TEAMS}/description", f"{LIST_TEAMS}/parameters/limit",
          f"{LIST_TEAMS}/parameters/search/description"), _TEAM),
    Rule("LIST-11", SHOULD, "Search ignores case in non-ASCII letters.",
         (f"{LIST_UNITS}/parameters/search/description",), _OWN_LIST),
    Rule("LIST-12", SHOULD, "Search treats every character literally.",
         (f"{LIST_UNITS}/parameters/search/description",), _OWN_LIST),
    # -- CONC ---------------------------------------------------------------------------------------------------------
    Rule("CONC-01", MUST, "Concurrent updates of different components both take effect.", (_KEEPS, _SETS)),
    Rule("CONC-02", MUST, "Exactly one of several concurrent creations with the same name succeeds.", (_UNIQUE,), _OWN),
    Rule("CONC-03", MUST, "Concurrent updates of different business units do not affect each other.", (_SETS,), _OWN),
    Rule("CONC-04", MUST, "A business unit that is deleted during an update is gone afterwards.",
         (_DELETES, _UPDATE_NOT_FOUND), _OWN),
    Rule("CONC-05", MUST, "Exactly one of several concurrent creations of governance succeeds.",
         (f"{CREATE_GOVERNANCE}/responses/409",), _OWN_CREATE),
    Rule("CONC-06", MUST, "Concurrent updates of one component do not mix their settings.", (_SETS,)),
    Rule("CONC-07", MUST, "A concurrent removal and update of one component take effect one after the other.",
         (_REMOVES, _SETS)),
    Rule("CONC-08", MUST, "Exactly one of two concurrent assignments of one team succeeds.",
         (_ONE_UNIT_AT_MOST, f"{ASSIGN_TEAM}/responses/409"), _TEAM),
    Rule("CONC-09", MUST, "Business units that are created concurrently all exist afterwards.", (_CREATES,), _OWN),
    Rule("CONC-10", MUST,
         "Concurrent deletions of one business unit return a declared status, and the unit is deleted.",
         (f"{DELETE_UNIT}/responses/200", f"{DELETE_UNIT}/responses/404"), _OWN),
    Rule("CONC-11", SHOULD, "A concurrent read shows all of an update or none of it, and nothing of a refused update.",
         (_SETS, _BAD_UPDATE)),
    # -- HTTP ---------------------------------------------------------------------------------------------------------
    Rule("HTTP-01", SHOULD, "An undeclared method is refused with status 405 and an Allow header.",
         (f"{_RESPONSES}/MethodNotAllowed/description", "RFC 9110 section 15.5.6")),
    Rule("HTTP-02", SHOULD, "An undeclared path is not found.", ("RFC 9110 section 15.5.5",)),
    Rule("HTTP-03", SHOULD, "HEAD and OPTIONS change nothing and cause no server error.",
         ("RFC 9110 section 9.2.1", "RFC 9110 section 9.3.2", "RFC 9110 section 9.3.7")),
    Rule("HTTP-04", SHOULD, "A response is not compressed when the client refuses compression.",
         ("RFC 9110 section 12.5.3",)),
    Rule("HTTP-05", SHOULD, "A response to an authenticated request is not marked for shared caches.",
         ("RFC 9111 section 3.5",)),
    Rule("HTTP-06", SHOULD, "A percent-encoded id addresses the same business unit.",
         ("RFC 3986 section 6.2.2.2", f"{UPDATE_GOVERNANCE}/parameters/id")),
    Rule("HTTP-07", SHOULD, "An unknown query parameter is ignored.", (f"{UPDATE_GOVERNANCE}/parameters",)),
    Rule("HTTP-08", SHOULD, "A chunked request body is read like any other body.",
         ("RFC 9112 section 7.1", _UPDATE_BODY)),
    Rule("HTTP-09", SHOULD, "A GET request changes nothing, even with a header that names another method.",
         ("RFC 9110 section 9.2.1",)),
    Rule("HTTP-10", SHOULD, "A conditional read returns status 304 only if the entity tag matches.",
         ("RFC 9110 section 13.1.2",), (Need.READ,)),
    Rule("HTTP-11", SHOULD, "A client that accepts JSON among other media types gets a successful response.",
         ("RFC 9110 section 12.5.1",)),
)
# fmt: on

CATALOGUE: Mapping[str, Rule] = {rule.id: rule for rule in _ROWS}


def split_names(given: Iterable[str]) -> list[str]:
    """Return the names of rules and areas in some texts, in which commas separate them."""
    return [name.strip() for text in given for name in text.split(",")]


def select_rules(words: Iterable[str]) -> frozenset[str]:
    """Return the ids of the rules that match some words.

    A word is an id or an area, in any case. Empty words are ignored, unless all are empty.

    Raises:
        ValueError: a word matches no rule, or all words are empty. The message is one line.
    """
    found: set[str] = set()
    given = [word.strip().upper() for word in words]
    if given and not any(given):
        raise ValueError("no rule is named; `governance-contract rules` lists them")
    for word in filter(None, given):
        if word in RETIRED:
            raise ValueError(f"{word} is not a rule: {RETIRED[word]}")
        named = {rule.id for rule in _ROWS if word in (rule.id, rule.area)}
        if not named:
            raise ValueError(f"no rule or area {word!r}; `governance-contract rules` lists them")
        found |= named
    return frozenset(found)
