"""The rules of the area ERROR: error responses."""

from __future__ import annotations

from ..operation_ids import UPDATE_GOVERNANCE
from .places import BAD_UPDATE, ERROR, RESPONSES, UPDATE_NOT_FOUND
from .rule import MUST, SHOULD, Rule

# fmt: off
RULES = (
    Rule("ERROR-01", MUST, "A request for an unknown business unit is refused as not found.", (UPDATE_NOT_FOUND,)),
    Rule("ERROR-02", MUST, "An error response carries the error body of the contract.",
         (f"{ERROR}/description", f"{ERROR}/properties")),
    Rule("ERROR-03", SHOULD, "An error body has the members that the gateway always sends.",
         (f"{ERROR}/required", f"{ERROR}/properties/error/required")),
    Rule("ERROR-04", MUST, "The media type of an error response is application/json.",
         (f"{RESPONSES}/BadRequest/content",)),
    Rule("ERROR-05", SHOULD, "An error response does not reveal internals of the target.",
         (f'{RESPONSES}/InternalError/description "The response body does"',)),
    Rule("ERROR-06", MUST, "No request of the checks causes a server error.", (BAD_UPDATE, "RFC 9110 section 15.6")),
    Rule("ERROR-07", SHOULD, "status_code in the error body equals the HTTP status.",
         (f"{ERROR}/properties/status_code",)),
    Rule("ERROR-09", SHOULD, "Error responses with an unpublished status also carry the error body and media type.",
         (f"{ERROR}/description", f"{RESPONSES}/Unauthorized/content", f"{RESPONSES}/MethodNotAllowed/content")),
    Rule("ERROR-10", MUST, "An invalid body for an unknown business unit is refused as invalid or as not found.",
         (BAD_UPDATE, UPDATE_NOT_FOUND)),
    Rule("ERROR-11", MUST, "A part or a pattern of an id does not address the business unit.",
         (UPDATE_NOT_FOUND, f"{UPDATE_GOVERNANCE}/parameters/id")),
    Rule("ERROR-12", SHOULD, "Ids of business units are compared exactly.",
         (UPDATE_NOT_FOUND, f"{UPDATE_GOVERNANCE}/parameters/id")),
)
# fmt: on
