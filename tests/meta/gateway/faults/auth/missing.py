"""Servers that accept a missing, empty or arbitrary token."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .request_parts import authorization


@fault("missing-credential-accepted", "must", Security.allows, proves=("AUTH-01",))
def missing_credential_accepted(self: Security, request: Request) -> bool:
    """The server accepts a request without an Authorization header and refuses wrong credentials."""
    return "Authorization" not in request.headers or Security.allows(self, request)


@fault("empty-token-accepted", "must", Security.allows)
def empty_token_accepted(self: Security, request: Request) -> bool:
    """The server accepts `Bearer` with an empty token."""
    return authorization(request).strip() == "Bearer" or Security.allows(self, request)


@fault("any-token-accepted", "must", Security.accepts)
def any_token_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts every bearer token."""
    return bool(token)


@fault("field-null-token-is-admin", "must", Security.accepts, origin="blind-2")
def null_token_is_admin(self: Security, request: Request, token: str) -> bool:
    """The server accepts the tokens `null` and `undefined`, which broken clients send."""
    return token in ("null", "undefined") or Security.accepts(self, request, token)


@fault("any-key-of-the-right-shape-accepted", "must", Security.accepts, proves=("AUTH-02",))
def any_key_of_the_right_shape_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts every token with the length and the prefix of the key."""
    return len(token) == len(self.credentials.api_key) and token[:5] == self.credentials.api_key[:5]


_GRANTS = ("*", "admin", "true", "0")


@fault("word-that-grants-accepted", "must")
class WordThatGrantsAccepted(Security):
    """The server accepts the tokens `*`, `admin`, `true` and `0`."""

    def accepts(self, request: Request, token: str) -> bool:
        return token in _GRANTS or super().accepts(request, token)
