"""Servers that accept a missing, empty or arbitrary token."""

from __future__ import annotations

import re

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .common import authorization


@fault("missing-credential-accepted", "AUTH", "must", proves=("AUTH-01",))
class MissingCredentialAccepted(Security):
    """The server accepts a request without an Authorization header and refuses wrong credentials."""

    def allows(self, request: Request) -> bool:
        return "Authorization" not in request.headers or super().allows(request)


@fault("empty-token-accepted", "AUTH", "must")
class EmptyTokenAccepted(Security):
    """The server accepts `Bearer` with an empty token."""

    def allows(self, request: Request) -> bool:
        return authorization(request).strip() == "Bearer" or super().allows(request)


@fault("any-token-accepted", "AUTH", "must")
class AnyTokenAccepted(Security):
    """The server accepts every bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        return bool(token)


@fault("field-null-token-is-admin", "AUTH", "must", origin="blind-2")
class NullTokenIsAdmin(Security):
    """The server accepts the tokens `null` and `undefined`, which broken clients send."""

    def accepts(self, request: Request, token: str) -> bool:
        return token in ("null", "undefined") or super().accepts(request, token)


@fault("any-key-of-the-right-shape-accepted", "AUTH", "must", proves=("AUTH-02",))
class AnyKeyOfTheRightShapeAccepted(Security):
    """The server accepts every token with the length and the prefix of the key."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and token[:5] == self.credentials.api_key[:5]


@fault("field-key-format-is-enough", "AUTH", "must", origin="blind-2")
class KeyFormatIsEnough(Security):
    """The server accepts every token in the format of a management key, `bfst-` and 44 letters or digits."""

    def accepts(self, request: Request, token: str) -> bool:
        return bool(re.fullmatch("bfst-[A-Za-z0-9]{44}", token)) or super().accepts(request, token)
