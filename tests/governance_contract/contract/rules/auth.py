"""The rules of the area AUTH: authentication."""

from __future__ import annotations

from .places import BEARER, UNAUTHORIZED, UNAUTHORIZED_BODY, UNSUPPORTED
from .rule import MUST, SHOULD, Need, Rule

# fmt: off
RULES = (
    Rule("AUTH-01", MUST, "A request without a credential is refused.", (BEARER, UNAUTHORIZED)),
    Rule("AUTH-02", MUST, "A management key that was never issued is refused.", (UNAUTHORIZED,)),
    Rule("AUTH-03", MUST, "The management key under a scheme other than Bearer is refused.", (BEARER,)),
    Rule("AUTH-04", MUST, "The management key without a scheme is refused.", (BEARER,)),
    Rule("AUTH-05", MUST, "A virtual key is refused.", (UNSUPPORTED,)),
    Rule("AUTH-06", MUST, "A dashboard token is refused.", (UNSUPPORTED,)),
    Rule("AUTH-07", MUST, "A user token is refused.", (UNSUPPORTED,)),
    Rule("AUTH-08", MUST, "A session token is refused.", (UNSUPPORTED,)),
    Rule("AUTH-09", MUST, "The management key in x-api-key alone is refused.", (UNSUPPORTED,)),
    Rule("AUTH-10", MUST, "The management key in x-api-key is refused if the Authorization header is bad.",
         (UNSUPPORTED,)),
    Rule("AUTH-11", MUST, "A token that resembles the management key is refused.", (UNAUTHORIZED,)),
    Rule("AUTH-12", MUST, "The management key outside the Authorization header is refused.", (BEARER,)),
    Rule("AUTH-13", MUST, "A request refused for its credential changes nothing.", (UNAUTHORIZED, BEARER),
         (Need.UNIT,)),
    Rule("AUTH-14", MUST, "The credential is checked before the body and the business unit.", (BEARER, UNAUTHORIZED)),
    Rule("AUTH-15", SHOULD, "A bad credential is refused as unauthenticated (401), not as forbidden (403).",
         (UNAUTHORIZED, "RFC 9110 section 15.5.2")),
    Rule("AUTH-16", SHOULD, "The response to a bad credential does not repeat the credential.", (UNAUTHORIZED_BODY,)),
    Rule("AUTH-17", SHOULD, "The error message is the same for every kind of bad credential.", (UNAUTHORIZED_BODY,)),
    Rule("AUTH-18", MUST, "Each request on a persistent connection is authenticated by its own credential.",
         (BEARER,)),
    Rule("AUTH-19", MUST, "The management key as a bearer token is accepted.", (BEARER,)),
    Rule("AUTH-20", MUST, "Repeated bad credentials stay refused and do not lock out the management key.",
         (UNAUTHORIZED, BEARER)),
    Rule("AUTH-21", MUST, "Alternative spellings of the path or method do not bypass authentication.",
         (BEARER, "RFC 3986 section 6.2.2")),
    Rule("AUTH-22", SHOULD, "The response to a bad credential does not reveal whether a business unit exists.",
         (UNAUTHORIZED_BODY, "RFC 9110 section 15.5.4")),
    Rule("AUTH-23", SHOULD, "The management key is accepted when the request also has another credential.", (BEARER,)),
    Rule("AUTH-24", MUST, "A header that claims an origin or a user does not replace a credential.", (BEARER,)),
)
# fmt: on
