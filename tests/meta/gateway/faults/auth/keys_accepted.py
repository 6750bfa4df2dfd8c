"""Servers that accept the key in an unusual place, beside another credential or for one operation."""

from __future__ import annotations

import base64

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .authorization import authorization


@fault("next-key-in-proxy-authorization", "must", origin="blind-7")
class KeyInProxyAuthorization(Security):
    """The server accepts the key in Proxy-Authorization if Authorization has another credential."""

    def allows(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("Proxy-Authorization", "").partition(" ")
        forwarded = "Authorization" in request.headers and scheme.lower() == "bearer"
        return super().allows(request) or (forwarded and self.same(token.strip(), self.credentials.api_key))


@fault("next-key-after-other-scheme", "must", origin="blind-7")
class KeyAfterOtherScheme(Security):
    """The server accepts `Bearer` and the key after a comma in an Authorization header with another scheme."""

    def allows(self, request: Request) -> bool:
        first, *others = authorization(request).split(",")
        if super().allows(request) or first.strip().lower().startswith("bearer"):
            return super().allows(request)
        return any(self.same(other.strip(), f"Bearer {self.credentials.api_key}") for other in others)


@fault("next-basic-user-is-key", "must", origin="blind-7")
class BasicUserIsKey(Security):
    """The server accepts the key as the user name of Basic authentication with an empty password."""

    def allows(self, request: Request) -> bool:
        scheme, _, encoded = authorization(request).partition(" ")
        if scheme.lower() != "basic":
            return super().allows(request)
        try:
            user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except ValueError:
            return False
        return not password and self.same(user, self.credentials.api_key)


@fault("next-creation-of-governance-accepts-x-api-key", "must", origin="blind-7")
class CreationOfGovernanceAcceptsXApiKey(Security):
    """The creation of governance accepts the key in x-api-key if the request has no Authorization header."""

    def allows(self, request: Request) -> bool:
        alone = request.operation == "createBusinessUnitGovernance" and "Authorization" not in request.headers
        given = request.headers.get("x-api-key", "")
        return super().allows(request) or (alone and self.same(given, self.credentials.api_key))
