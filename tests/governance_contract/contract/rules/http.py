"""The rules of the area HTTP: HTTP semantics."""

from __future__ import annotations

from ..operation_ids import UPDATE_GOVERNANCE
from .places import RESPONSES, UPDATE_BODY
from .rule import SHOULD, Need, Rule

# fmt: off
RULES = (
    Rule("HTTP-01", SHOULD, "An undeclared method is refused with status 405 and an Allow header.",
         (f"{RESPONSES}/MethodNotAllowed/description", "RFC 9110 section 15.5.6")),
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
         ("RFC 9112 section 7.1", UPDATE_BODY)),
    Rule("HTTP-09", SHOULD, "A GET request changes nothing, even with a header that names another method.",
         ("RFC 9110 section 9.2.1",)),
    Rule("HTTP-10", SHOULD, "A conditional read returns status 304 only if the entity tag matches.",
         ("RFC 9110 section 13.1.2",), (Need.READ,)),
    Rule("HTTP-11", SHOULD, "A client that accepts JSON among other media types gets a successful response.",
         ("RFC 9110 section 12.5.1",)),
)
# fmt: on
