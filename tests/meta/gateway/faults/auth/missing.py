"""Servers that accept a missing, empty or arbitrary token."""

from __future__ import annotations

import re

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .common import authorization


@fault("missing-credential-accepted", "AUTH", "must", proves=("AUTH-01",))
class MissingCredentialAccepted(Security):
    """A request without Authorization is let in; wrong credentials are refused."""

    def allows(self, request: Request) -> bool:
        return "Authorization" not in request.headers or super().allows(request)


@fault("empty-token-accepted", "AUTH", "must")
class EmptyTokenAccepted(Security):
    """`Bearer` with an empty token is let in."""

    def allows(self, request: Request) -> bool:
        return authorization(request).strip() == "Bearer" or super().allows(request)


@fault("any-token-accepted", "AUTH", "must")
class AnyTokenAccepted(Security):
    """Every bearer token is let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return bool(token)


@fault("field-null-token-is-admin", "AUTH", "must", origin="blind-2")
class NullTokenIsAdmin(Security):
    """The tokens `null` and `undefined`, which broken clients send, count as no authentication being configured."""

    def accepts(self, request: Request, token: str) -> bool:
        return token in ("null", "undefined") or super().accepts(request, token)


@fault("any-key-of-the-right-shape-accepted", "AUTH", "must", proves=("AUTH-02",))
class AnyKeyOfTheRightShapeAccepted(Security):
    """A key is checked for its shape alone: as long as the real one, with the same prefix."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and token[:5] == self.credentials.api_key[:5]


@fault("field-key-format-is-enough", "AUTH", "must", origin="blind-2")
class KeyFormatIsEnough(Security):
    """A token with the form of a management key, `bfst-` and 44 letters or digits, passes without being looked up."""

    def accepts(self, request: Request, token: str) -> bool:
        return bool(re.fullmatch("bfst-[A-Za-z0-9]{44}", token)) or super().accepts(request, token)
