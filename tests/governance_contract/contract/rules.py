"""The catalogue of rules: what is required, how strongly, who says so, and what a target must offer to be judged.

Ids are permanent: never renumbered, never reused. MUST is what the published contract says; SHOULD is how the
product's sibling endpoints behave, or good practice. Tests carry only the id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How strongly a rule binds; the words are those of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Need(StrEnum):
    """What a rule needs of the target; without it the rule is skipped, with this as the reason."""

    OWN_UNITS = "the target lets the checks create and delete business units of their own"
    READ = "the target serves getBusinessUnit"
    LIST = "the target serves listBusinessUnits"
    RENAME = "the target serves updateBusinessUnit, an operation of the second edition"
    POST_GOVERNANCE = "the target serves createBusinessUnitGovernance"
    DELETE_GOVERNANCE = "the target serves deleteBusinessUnitGovernance"
    TEAM = "the target serves the team operations and a team without a business unit is named (--team)"
    USAGE = "a business unit whose budget or rate limit has usage is named (--business-unit)"


@dataclass(frozen=True)
class Rule:
    """One requirement."""

    id: str
    level: Level
    title: str
    citations: tuple[str, ...]
    needs: tuple[Need, ...] = ()

    @property
    def area(self) -> str:
        """The part of the id before the number."""
        return self.id.rpartition("-")[0]


AREAS: Mapping[str, str] = {
    "AUTH": "who is let in",
    "UPDATE": "changing governance",
    "REMOVE": "removing governance",
    "CREATE": "first governance",
    "ALIGN": "calendar alignment",
    "VALID": "refusing bad requests",
    "ERROR": "how refusals look",
    "RESP": "how responses look",
    "LIFE": "life of a unit",
    "LIST": "lists",
    "CONC": "requests at the same time",
    "HTTP": "methods and paths",
}

_PATHS = "#/paths/~1api~1governance~1business-units"
_UNITS = _PATHS
_UNIT = f"{_PATHS}~1{{id}}"
_TEAMS = f"{_UNIT}~1teams"
_TEAM = f"{_TEAMS}~1{{team_id}}"
_GOVERNANCE = f"{_UNIT}~1governance"
_PUT = f"{_GOVERNANCE}/put"
_SCHEMAS = "#/components/schemas"
_AUTH = "#/components/securitySchemes/ManagementBearerAuth/description"
_KINDS = "#/components/securitySchemes/ManagementBearerAuth/x-refused-credentials"
_UNAUTHORIZED = "#/components/responses/Unauthorized/description"
_UPDATE = f"{_SCHEMAS}/UpdateBusinessUnitGovernanceRequest"
_BUDGET_IN = f"{_SCHEMAS}/UpdateBudgetRequest"
_RATE_IN = f"{_SCHEMAS}/UpdateRateLimitRequest"
_ALIGN = f"{_BUDGET_IN}/properties/calendar_aligned/description"
_ERROR = f"{_SCHEMAS}/BifrostError"
_UNIT_OUT = f"{_SCHEMAS}/BusinessUnit"

MUST, SHOULD = Level.MUST, Level.SHOULD

# fmt: off
# A table reads best with one rule on a line, however long.
_ROWS = (
    # -- AUTH ---------------------------------------------------------------------------------------------------------
    Rule("AUTH-01", MUST, "A request without a credential is refused.", (_AUTH, _UNAUTHORIZED)),
    Rule("AUTH-02", MUST, "A management key that was never issued is refused.", (_UNAUTHORIZED,)),
    Rule("AUTH-03", MUST, "The management key under a scheme other than Bearer is refused.", (_AUTH,)),
    Rule("AUTH-04", MUST, "The management key without a scheme is refused.", (_AUTH,)),
    Rule("AUTH-05", MUST, "A virtual key is refused.", (_AUTH, f"{_KINDS}/virtual_key")),
    Rule("AUTH-06", MUST, "A dashboard token is refused.", (_AUTH, f"{_KINDS}/dashboard_token")),
    Rule("AUTH-07", MUST, "A user token is refused.", (_AUTH, f"{_KINDS}/user_token")),
    Rule("AUTH-08", MUST, "A session token is refused.", (_AUTH, f"{_KINDS}/session_token")),
    Rule("AUTH-09", MUST, "The management key in x-api-key alone is refused.", (_AUTH, f"{_KINDS}/x_api_key")),
    Rule("AUTH-10", MUST, "x-api-key does not make up for a bad Authorization header.", (_AUTH, f"{_KINDS}/x_api_key")),
    Rule("AUTH-11", MUST, "A near miss of the management key is refused.", (_UNAUTHORIZED,)),
    Rule("AUTH-12", MUST, "The management key anywhere but in Authorization is refused.", (_AUTH,)),
    Rule("AUTH-13", MUST, "A request that is refused for its credential changes nothing.", (_UNAUTHORIZED,)),
    Rule("AUTH-14", MUST, "Credentials come first: without one, neither a bad body nor an unknown unit shows.", (_AUTH,)),
    Rule("AUTH-15", SHOULD, "A bad credential is answered with 401.", (_UNAUTHORIZED, "RFC 9110 section 15.5.2")),
    Rule("AUTH-16", SHOULD, "A refusal does not repeat the credential.", (_UNAUTHORIZED,)),
    Rule("AUTH-17", SHOULD, "The refusal is the same whatever was wrong with the credential.", (_UNAUTHORIZED,)),
    Rule("AUTH-18", MUST, "Each request on a kept-alive connection is judged by its own credential.", (_AUTH,)),
    Rule("AUTH-19", MUST, "The management key as a bearer token is accepted.", (_AUTH,)),
    Rule("AUTH-20", MUST, "However often a bad credential is tried, it is refused, and the management key is not.", (_AUTH, _UNAUTHORIZED)),
    Rule("AUTH-21", MUST, "No other spelling of a path or a method lets in who bears no management key.", (_AUTH, "RFC 3986 section 6.2.2")),
    Rule("AUTH-22", SHOULD, "The refusal of a credential does not tell whether a unit exists.", (_UNAUTHORIZED, "RFC 9110 section 17.5")),
    Rule("AUTH-23", SHOULD, "A management key is accepted whatever other credential comes beside it.", (_AUTH,)),
    Rule("AUTH-24", MUST, "No header that says where a request comes from lets in who bears no credential.", (_AUTH,)),
    # -- UPDATE -------------------------------------------------------------------------------------------------------
    Rule("UPDATE-01", MUST, "A complete budget replaces the settings of the existing one.", (f"{_PUT}/description",)),
    Rule("UPDATE-02", MUST, "A later read shows what the update answered.", (f"{_PUT}/description",), (Need.READ,)),
    Rule("UPDATE-03", MUST, "The answer is about the business unit in the path.", (f"{_PUT}/responses/200", _UNIT_OUT)),
    Rule("UPDATE-04", MUST, "A component that the body does not mention stays as it is.", (f"{_PUT}/description",)),
    Rule("UPDATE-05", MUST, "An empty update is accepted and changes nothing.", (_UPDATE,)),
    Rule("UPDATE-06", MUST, "A complete rate limit replaces the settings of the existing one.", (f"{_PUT}/description",)),
    Rule("UPDATE-07", SHOULD, "A budget field that the body does not mention stays as it is.", (_BUDGET_IN,)),
    Rule("UPDATE-08", SHOULD, "A changed limit keeps the component's id and created_at.", (f"{_SCHEMAS}/Budget",)),
    Rule("UPDATE-09", SHOULD, "A changed limit keeps usage and last_reset.", (f"{_SCHEMAS}/Budget",), (Need.USAGE,)),
    Rule("UPDATE-10", SHOULD, "updated_at never goes back, and moves on with a change.", (f"{_SCHEMAS}/Budget",)),
    Rule("UPDATE-11", MUST, "An update leaves other business units alone.", (f"{_PUT}/description",), (Need.OWN_UNITS,)),
    Rule("UPDATE-12", MUST, "Dollar amounts keep every digit.", (f"{_SCHEMAS}/MaxLimitDollars",)),
    Rule("UPDATE-13", MUST, "Counts keep every digit up to the end of int64.", (f"{_SCHEMAS}/MaxLimitCount/format",)),
    Rule("UPDATE-14", MUST, "Every documented unit of duration is accepted and kept.", (f"{_SCHEMAS}/ResetDuration",)),
    Rule("UPDATE-15", MUST, "One update can change both components.", (_UPDATE,)),
    Rule("UPDATE-16", MUST, "An update of governance leaves name and created_at of the unit alone.", (f"{_PUT}/description",)),
    Rule("UPDATE-17", MUST, "The same update a second time changes no setting.", (f"{_PUT}/description", "RFC 9110 section 9.2.2")),
    Rule("UPDATE-18", SHOULD, "budget_id and rate_limit_id name the components in the answer.", (f"{_UNIT_OUT}/properties/budget_id", f"{_UNIT_OUT}/properties/rate_limit_id")),
    Rule("UPDATE-19", MUST, "calendar_aligned may be null.", (f"{_BUDGET_IN}/properties/calendar_aligned",)),
    Rule("UPDATE-20", MUST, "Any update that schemas and text permit is accepted and shown.", (_UPDATE,)),
    Rule("UPDATE-21", MUST, "Whatever an incomplete component is answered, a read agrees, and the other component stays.", (f"{_PUT}/description",)),
    Rule("UPDATE-22", MUST, "JSON that is spelled in another way means the same.", (f"{_PUT}/requestBody/content", "RFC 8259")),
    Rule("UPDATE-23", SHOULD, "A member that no schema names is ignored.", (_UPDATE, _BUDGET_IN, _RATE_IN)),
    Rule("UPDATE-24", SHOULD, "Durations with a fraction or several clock units are accepted and kept.", (f"{_SCHEMAS}/ResetDuration/description",)),
    Rule("UPDATE-25", SHOULD, "application/json is recognised with a charset and in any case.", (f"{_PUT}/requestBody/content", "RFC 9110 section 8.3.1")),
    # -- REMOVE -------------------------------------------------------------------------------------------------------
    Rule("REMOVE-01", MUST, "An empty budget object removes the budget.", (f"{_UPDATE}/description",)),
    Rule("REMOVE-02", MUST, "An empty rate_limit object removes the rate limit.", (f"{_UPDATE}/description",)),
    Rule("REMOVE-03", MUST, "Removing one component leaves the other as it is.", (f"{_UPDATE}/description",)),
    Rule("REMOVE-04", MUST, "A removed component is gone from a later read.", (f"{_UPDATE}/description",), (Need.READ,)),
    Rule("REMOVE-05", MUST, "One update can remove both components.", (f"{_UPDATE}/description",)),
    Rule("REMOVE-06", SHOULD, "Removing what is not there is accepted.", (f"{_UPDATE}/description", "RFC 9110 section 9.2.2")),
    Rule("REMOVE-07", SHOULD, "With a component its reference goes, too.", (f"{_UNIT_OUT}/properties/budget_id", f"{_UNIT_OUT}/properties/rate_limit_id")),
    Rule("REMOVE-08", SHOULD, "A component that is set again after its removal is a new one.", (f"{_UPDATE}/description",)),
    Rule("REMOVE-09", MUST, "One update can remove a component and set the other.", (_UPDATE,)),
    Rule("REMOVE-10", MUST, "A removed component does not come back with a later update.", (f"{_UPDATE}/description",)),
    # -- CREATE -------------------------------------------------------------------------------------------------------
    Rule("CREATE-01", SHOULD, "An update sets a component that the unit did not have.", (f"{_PUT}/description",)),
    Rule("CREATE-02", SHOULD, "A first budget through an update needs max_limit.", (f"{_SCHEMAS}/CreateBudgetRequest/required",)),
    Rule("CREATE-03", SHOULD, "A first budget through an update needs reset_duration.", (f"{_SCHEMAS}/CreateBudgetRequest/required",)),
    Rule("CREATE-04", SHOULD, "A new component starts without usage, its period beginning now.", (f"{_SCHEMAS}/Budget", f"{_SCHEMAS}/RateLimit")),
    Rule("CREATE-05", SHOULD, "A limit on tokens or requests needs its duration.", (f"{_SCHEMAS}/CreateRateLimitRequest/description",)),
    Rule("CREATE-06", MUST, "A new budget is not calendar-aligned unless asked.", (f"{_SCHEMAS}/CreateBudgetRequest/properties/calendar_aligned/default",)),
    Rule("CREATE-07", MUST, "First governance can be created with either component or both.", (f"{_GOVERNANCE}/post/description",), (Need.OWN_UNITS, Need.POST_GOVERNANCE)),
    Rule("CREATE-08", MUST, "Creating governance where there is some is a conflict and changes nothing.", (f"{_GOVERNANCE}/post/responses/409",), (Need.OWN_UNITS, Need.POST_GOVERNANCE)),
    Rule("CREATE-09", MUST, "Creating governance needs a budget or a rate limit.", (f"{_SCHEMAS}/CreateBusinessUnitGovernanceRequest/anyOf",), (Need.OWN_UNITS, Need.POST_GOVERNANCE)),
    Rule("CREATE-10", MUST, "Creating a budget needs max_limit and reset_duration.", (f"{_SCHEMAS}/CreateBudgetRequest/required",), (Need.OWN_UNITS, Need.POST_GOVERNANCE)),
    Rule("CREATE-11", MUST, "Governance that was removed can be created again.", (f"{_GOVERNANCE}/post/description",), (Need.OWN_UNITS, Need.POST_GOVERNANCE)),
    # -- ALIGN --------------------------------------------------------------------------------------------------------
    Rule("ALIGN-01", MUST, "Enabling alignment moves last_reset to the start of the current period, in UTC.", (_ALIGN,)),
    Rule("ALIGN-02", MUST, "Enabling alignment sets usage to zero.", (_ALIGN,), (Need.USAGE,)),
    Rule("ALIGN-03", SHOULD, "Alignment that was on already keeps usage and last_reset.", (_ALIGN,)),
    Rule("ALIGN-04", SHOULD, "Disabling alignment keeps usage and last_reset.", (_ALIGN,)),
    Rule("ALIGN-05", MUST, "Alignment is possible with days, weeks, months and years.", (_ALIGN,)),
    Rule("ALIGN-06", SHOULD, "A new aligned budget starts with the current period.", (f"{_SCHEMAS}/CreateBudgetRequest/properties/calendar_aligned/description",)),
    Rule("ALIGN-07", SHOULD, "calendar_aligned null changes nothing.", (_ALIGN,)),
    Rule("ALIGN-08", SHOULD, "Enabling alignment with another duration begins the current period of that duration.", (_ALIGN,)),
    Rule("ALIGN-09", MUST, "Enabling alignment takes over what else the body sets.", (_ALIGN, f"{_PUT}/description")),
    Rule("ALIGN-10", SHOULD, "A multiple of a unit begins with a period of that unit.", (_ALIGN,)),
    # -- VALID --------------------------------------------------------------------------------------------------------
    Rule("VALID-01", MUST, "A field of the wrong type is refused.", (_UPDATE, _BUDGET_IN, _RATE_IN)),
    Rule("VALID-02", MUST, "A body that is not an object is refused.", (f"{_UPDATE}/type",)),
    Rule("VALID-03", MUST, "A body that is not JSON is refused.", (f"{_PUT}/requestBody", "RFC 8259")),
    Rule("VALID-04", MUST, "A missing body is refused.", (f"{_PUT}/requestBody/required",)),
    Rule("VALID-05", SHOULD, "A negative limit is refused.", (f"{_SCHEMAS}/MaxLimitDollars/x-provenance", f"{_SCHEMAS}/MaxLimitCount/x-provenance")),
    Rule("VALID-06", SHOULD, "A limit of zero is refused.", (f"{_SCHEMAS}/MaxLimitDollars/x-provenance", f"{_SCHEMAS}/MaxLimitCount/x-provenance")),
    Rule("VALID-07", SHOULD, "A duration in no known form is refused.", (f"{_SCHEMAS}/ResetDuration/x-provenance",)),
    Rule("VALID-08", SHOULD, "A duration of zero or less is refused.", (f"{_SCHEMAS}/ResetDuration/x-provenance",)),
    Rule("VALID-09", MUST, "A count that is not whole is refused.", (f"{_SCHEMAS}/MaxLimitCount/type",)),
    Rule("VALID-10", MUST, "A count beyond int64 is refused.", (f"{_SCHEMAS}/MaxLimitCount/format",)),
    Rule("VALID-11", MUST, "Alignment together with a duration below a day is refused.", (_ALIGN,)),
    Rule("VALID-12", SHOULD, "Alignment is refused where the stored duration is below a day, and the reverse.", (_ALIGN,)),
    Rule("VALID-13", SHOULD, "A huge or deeply nested body is refused without harm.", ("RFC 9110 section 15.5.14", f"{_PUT}/responses/413")),
    Rule("VALID-14", MUST, "An update with one bad component changes neither.", (f"{_PUT}/responses/400",)),
    Rule("VALID-15", MUST, "Whatever breaks the published schema is refused.", (_UPDATE,)),
    Rule("VALID-16", MUST, "A request that is refused as invalid changes nothing.", (f"{_PUT}/responses/400",)),
    Rule("VALID-17", MUST, "A business unit needs a name that is text.", (f"{_SCHEMAS}/CreateBusinessUnitRequest",), (Need.OWN_UNITS,)),
    Rule("VALID-18", MUST, "Assigning a team needs its id, as text.", (f"{_SCHEMAS}/AssignTeamToBusinessUnitRequest",), (Need.TEAM,)),
    Rule("VALID-19", MUST, "First governance that breaks the published schema is refused.", (f"{_SCHEMAS}/CreateBusinessUnitGovernanceRequest",), (Need.OWN_UNITS, Need.POST_GOVERNANCE)),
    Rule("VALID-20", SHOULD, "A rename needs a name that is text.", (f"{_UNIT}/put/requestBody",), (Need.OWN_UNITS, Need.RENAME, Need.READ)),
    Rule("VALID-21", SHOULD, "A body of another media type, or of none, is taken in full or refused without a change.", (f"{_PUT}/requestBody/content", "RFC 9110 section 15.5.16")),
    Rule("VALID-22", SHOULD, "A name that is empty, blank or longer than 255 characters is refused.", (f"{_SCHEMAS}/CreateBusinessUnitRequest/properties/name",), (Need.OWN_UNITS,)),
    Rule("VALID-23", SHOULD, "A body that is not UTF-8 is refused.", ("RFC 8259 section 8.1",)),
    Rule("VALID-24", SHOULD, "Alignment is refused with a duration in hours, however many.", (_ALIGN,)),
    Rule("VALID-25", SHOULD, "A duration of more than 50 characters is refused.", (f"{_SCHEMAS}/ResetDuration/maxLength",)),
    # -- ERROR --------------------------------------------------------------------------------------------------------
    Rule("ERROR-01", MUST, "An unknown business unit is not found.", (f"{_PUT}/responses/404", "#/components/responses/BusinessUnitNotFound")),
    Rule("ERROR-02", MUST, "A refusal carries the error body.", (_ERROR,)),
    Rule("ERROR-03", SHOULD, "The error body says what the gateway's errors always say.", (f"{_ERROR}/x-provenance",)),
    Rule("ERROR-04", MUST, "A refusal is application/json.", ("#/components/responses/BadRequest/content",)),
    Rule("ERROR-05", SHOULD, "A refusal tells nothing of the gateway's internals.", ("#/components/responses/InternalError/description",)),
    Rule("ERROR-06", MUST, "No request of these checks makes the gateway fail.", (f"{_PUT}/responses/400", "RFC 9110 section 15.6")),
    Rule("ERROR-07", SHOULD, "status_code in the error body is the HTTP status.", (f"{_ERROR}/properties/status_code",)),
    Rule("ERROR-09", SHOULD, "Refusals outside the published ones carry the error body, too.", ("#/components/responses/Unauthorized", "#/components/responses/MethodNotAllowed")),
    Rule("ERROR-10", MUST, "A bad body for an unknown business unit is refused as the one or the other.", (f"{_PUT}/responses/400", f"{_PUT}/responses/404")),
    Rule("ERROR-11", MUST, "A part or a pattern of a unit's identifier is not that unit.", ("#/components/responses/BusinessUnitNotFound", "#/components/parameters/BusinessUnitId")),
    Rule("ERROR-12", SHOULD, "Identifiers are compared to the letter.", ("#/components/parameters/BusinessUnitId",)),
    # -- RESP ---------------------------------------------------------------------------------------------------------
    Rule("RESP-01", MUST, "Success is status 200.", (f"{_PUT}/responses/200",)),
    Rule("RESP-02", MUST, "A response has the types of its schema.", (f"{_SCHEMAS}/BusinessUnitGovernanceResponse", _UNIT_OUT)),
    Rule("RESP-03", MUST, "A response is application/json.", (f"{_PUT}/responses/200/content",)),
    Rule("RESP-04", MUST, "A response is exactly one JSON document.", (f"{_PUT}/responses/200/content", "RFC 8259 section 2")),
    Rule("RESP-05", SHOULD, "A response has the members that sibling endpoints always send.", (f"{_UNIT_OUT}/x-provenance", f"{_SCHEMAS}/ResetDuration/x-provenance")),
    Rule("RESP-06", MUST, "Timestamps are RFC 3339 with a time zone.", (f"{_SCHEMAS}/Budget/properties/last_reset/format", "RFC 3339 section 5.6")),
    Rule("RESP-07", MUST, "A response has the members that its schema requires.", (f"{_SCHEMAS}/Budget/required", f"{_SCHEMAS}/RateLimit/required")),
    Rule("RESP-08", MUST, "A response has a status that the operation declares.", (f"{_PUT}/responses",)),
    Rule("RESP-09", MUST, "Requests generated from the contract get an answer that the contract declares.", ("#/paths",)),
    Rule("RESP-10", SHOULD, "Reads in a row of a unit in use show its usage, none of them less.", (f"{_SCHEMAS}/Budget/properties/current_usage", f"{_SCHEMAS}/RateLimit"), (Need.USAGE,)),
    # -- LIFE ---------------------------------------------------------------------------------------------------------
    Rule("LIFE-01", MUST, "A created business unit can be read, without governance.", (f"{_UNITS}/post/description",), (Need.OWN_UNITS, Need.READ)),
    Rule("LIFE-02", MUST, "A name that is taken is a conflict.", (f"{_UNITS}/post/responses/409",), (Need.OWN_UNITS,)),
    Rule("LIFE-03", MUST, "A deleted business unit is gone for every operation.", (f"{_UNIT}/delete", "#/components/responses/BusinessUnitNotFound"), (Need.OWN_UNITS,)),
    Rule("LIFE-04", MUST, "Deleting governance removes both components.", (f"{_GOVERNANCE}/delete/description",), (Need.OWN_UNITS, Need.DELETE_GOVERNANCE)),
    Rule("LIFE-05", MUST, "Deleting governance where there is none is not found.", (f"{_GOVERNANCE}/delete/responses/404",), (Need.OWN_UNITS, Need.DELETE_GOVERNANCE)),
    Rule("LIFE-06", SHOULD, "A rename changes the name and nothing else.", (f"{_UNIT}/put/description",), (Need.OWN_UNITS, Need.RENAME, Need.READ)),
    Rule("LIFE-07", SHOULD, "A rename to a name that is taken is a conflict.", (f"{_UNIT}/put/responses/409",), (Need.OWN_UNITS, Need.RENAME)),
    Rule("LIFE-08", MUST, "An assigned team is listed with its unit, and only until it is removed.", (f"{_TEAMS}/post/description", f"{_TEAM}/delete/description"), (Need.TEAM,)),
    Rule("LIFE-09", MUST, "A team of another unit cannot be assigned.", (f"{_TEAMS}/post/responses/409",), (Need.TEAM,)),
    Rule("LIFE-10", MUST, "A team that is not there is not found.", ("#/components/responses/BusinessUnitOrTeamNotFound",), (Need.TEAM,)),
    Rule("LIFE-11", MUST, "Deleting a unit unassigns its teams.", (f"{_UNIT}/delete/description",), (Need.TEAM,)),
    Rule("LIFE-12", MUST, "Deleting a unit leaves other units alone.", (f"{_UNIT}/delete/description",), (Need.OWN_UNITS,)),
    Rule("LIFE-13", MUST, "After any sequence of operations every unit is as the contract says.", (f"{_PUT}/description", f"{_UPDATE}/description"), (Need.OWN_UNITS,)),
    Rule("LIFE-14", MUST, "A name of letters beyond ASCII is kept to the letter.", (f"{_SCHEMAS}/CreateBusinessUnitRequest/properties/name/type",), (Need.OWN_UNITS, Need.READ)),
    Rule("LIFE-15", SHOULD, "A name with quotes, signs, blanks within or 200 characters is kept to the letter.", (f"{_SCHEMAS}/CreateBusinessUnitRequest/properties/name",), (Need.OWN_UNITS, Need.READ)),
    Rule("LIFE-16", SHOULD, "The name of a deleted unit is free again, for a unit that begins anew.", (f"{_UNITS}/post/description",), (Need.OWN_UNITS, Need.READ)),
    Rule("LIFE-17", SHOULD, "The name that a rename gave is taken.", (f"{_UNITS}/post/responses/409",), (Need.OWN_UNITS, Need.RENAME)),
    Rule("LIFE-18", SHOULD, "A unit may be renamed to the name that it has.", (f"{_UNIT}/put/description",), (Need.OWN_UNITS, Need.RENAME)),
    Rule("LIFE-19", SHOULD, "A renamed unit keeps its teams.", (f"{_UNIT}/put/description",), (Need.TEAM, Need.RENAME)),
    Rule("LIFE-20", SHOULD, "A rename moves updated_at on.", (f"{_SCHEMAS}/BusinessUnitDetailResponse/properties/updated_at",), (Need.OWN_UNITS, Need.RENAME, Need.READ)),
    Rule("LIFE-21", MUST, "Removing a team leaves the unit's other teams.", (f"{_TEAM}/delete/description",), (Need.TEAM,)),
    # -- LIST ---------------------------------------------------------------------------------------------------------
    Rule("LIST-01", MUST, "A created unit is listed, a deleted one is not, and total counts them.", (f"{_SCHEMAS}/ListBusinessUnitsResponse",), (Need.LIST, Need.OWN_UNITS)),
    Rule("LIST-02", MUST, "A page holds at most limit entries, and says its page and limit.", ("#/components/parameters/Limit", f"{_SCHEMAS}/ListBusinessUnitsResponse"), (Need.LIST, Need.OWN_UNITS)),
    Rule("LIST-03", MUST, "Walking the pages shows every unit once.", ("#/components/parameters/Page",), (Need.LIST, Need.OWN_UNITS)),
    Rule("LIST-04", MUST, "Search finds part of a name, in any case, and nothing else.", (f"{_UNITS}/get/parameters/2/description",), (Need.LIST, Need.OWN_UNITS)),
    Rule("LIST-05", MUST, "Without parameters the first page of at most 20 is returned.", ("#/components/parameters/Page/schema/default", "#/components/parameters/Limit/schema/default"), (Need.LIST,)),
    Rule("LIST-06", SHOULD, "A page or limit out of bounds is refused or brought within them.", ("#/components/parameters/Limit/schema", "#/components/parameters/Page/schema"), (Need.LIST,)),
    Rule("LIST-07", MUST, "The list counts a unit's teams.", (f"{_SCHEMAS}/BusinessUnitListItem/properties/team_count", f"{_UNITS}/get/description"), (Need.LIST, Need.TEAM)),
    Rule("LIST-08", MUST, "A list shows a unit with the id and the name that a read shows.", (f"{_SCHEMAS}/BusinessUnitListItem/properties",), (Need.LIST, Need.OWN_UNITS, Need.READ)),
    Rule("LIST-09", SHOULD, "A list shows a unit with the created_at that a read shows.", (f"{_SCHEMAS}/BusinessUnitListItem/properties",), (Need.LIST, Need.OWN_UNITS, Need.READ)),
    Rule("LIST-10", MUST, "The teams of a unit come in pages, too.", ("#/components/parameters/Page", f"{_SCHEMAS}/BusinessUnitTeamsResponse"), (Need.TEAM,)),
    Rule("LIST-11", SHOULD, "Search knows upper and lower case beyond ASCII, too.", (f"{_UNITS}/get/parameters/2/description",), (Need.LIST, Need.OWN_UNITS)),
    Rule("LIST-12", SHOULD, "In a search every character stands for itself.", (f"{_UNITS}/get/parameters/2/description",), (Need.LIST, Need.OWN_UNITS)),
    # -- CONC ---------------------------------------------------------------------------------------------------------
    Rule("CONC-01", MUST, "Two updates at the same time, of different components, both last.", (f"{_PUT}/description",)),
    Rule("CONC-02", MUST, "Of many creations of one name at the same time, one succeeds.", (f"{_UNITS}/post/description",), (Need.OWN_UNITS,)),
    Rule("CONC-03", MUST, "Updates of different units at the same time do not mix.", (f"{_PUT}/description",), (Need.OWN_UNITS,)),
    Rule("CONC-04", MUST, "A unit that is deleted while it is updated is gone.", (f"{_UNIT}/delete", f"{_PUT}/responses/404"), (Need.OWN_UNITS,)),
    Rule("CONC-05", MUST, "Of many first governances at the same time, one is created.", (f"{_GOVERNANCE}/post/responses/409",), (Need.OWN_UNITS, Need.POST_GOVERNANCE)),
    Rule("CONC-06", MUST, "Two updates of one component at the same time do not mix.", (f"{_PUT}/description",)),
    Rule("CONC-07", MUST, "A removal and an update of one component at the same time happen one after the other.", (f"{_UPDATE}/description",)),
    Rule("CONC-08", MUST, "Of two assignments of one team at the same time, one succeeds.", (f"{_TEAMS}/post/responses/409",), (Need.TEAM,)),
    Rule("CONC-09", MUST, "Units that are created at the same time are all there.", (f"{_UNITS}/post/description",), (Need.OWN_UNITS,)),
    Rule("CONC-10", MUST, "Of many deletions of one unit at the same time, each is answered, and the unit is gone.", (f"{_UNIT}/delete/responses",), (Need.OWN_UNITS,)),
    Rule("CONC-11", SHOULD, "A reader sees all of an update or nothing of it, and nothing of a refused one.", (f"{_PUT}/description",)),
    # -- HTTP ---------------------------------------------------------------------------------------------------------
    Rule("HTTP-01", SHOULD, "A method that the contract does not declare is refused with 405, and told which are allowed.", ("#/components/responses/MethodNotAllowed", "RFC 9110 section 15.5.6")),
    Rule("HTTP-02", SHOULD, "A path that the contract does not declare is not found.", ("RFC 9110 section 15.5.5",)),
    Rule("HTTP-03", SHOULD, "HEAD and OPTIONS change nothing, and are no failure.", ("RFC 9110 section 9.2.1", "RFC 9110 section 9.3")),
    Rule("HTTP-04", SHOULD, "An answer is not compressed for a client that refuses compression.", ("RFC 9110 section 12.5.3",)),
    Rule("HTTP-05", SHOULD, "An answer to a request with a credential is not for caches that others use.", ("RFC 9111 section 3.5",)),
    Rule("HTTP-06", SHOULD, "An identifier is the same however its characters are percent-encoded.", ("RFC 3986 section 6.2.2.2", "#/components/parameters/BusinessUnitId")),
    Rule("HTTP-07", SHOULD, "A query that an operation does not know is ignored.", (_PUT,)),
    Rule("HTTP-08", SHOULD, "A body that comes in chunks is read like any other.", ("RFC 9112 section 7.1", f"{_PUT}/requestBody")),
    Rule("HTTP-09", SHOULD, "A GET changes nothing, whatever a header says of another method.", ("RFC 9110 section 9.2.1",)),
    Rule("HTTP-10", SHOULD, "Only an entity tag that matches is answered with 304.", ("RFC 9110 section 13.1.2",), (Need.READ,)),
    Rule("HTTP-11", SHOULD, "JSON is served to a client that accepts it among others.", ("RFC 9110 section 12.5.1",)),
)
# fmt: on

CATALOGUE: Mapping[str, Rule] = {rule.id: rule for rule in _ROWS}


def chosen(words: Iterable[str]) -> frozenset[str]:
    """Return the rules that some words name, each an id or an area, in any case; empty words name nothing.

    Raises:
        ValueError: there is no such rule.
    """
    found: set[str] = set()
    for word in filter(None, (word.strip().upper() for word in words)):
        named = {rule.id for rule in _ROWS if word in (rule.id, rule.area)}
        if not named:
            raise ValueError(f"no rule or area {word!r}; `governance-contract rules` lists them")
        found |= named
    return frozenset(found)
