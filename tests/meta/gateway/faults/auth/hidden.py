"""Servers that accept credentials in rare places, combinations or operations."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("hidden-x-api-key-beside-basic", "must", origin="blind-8")
class XApiKeyBesideBasic(Security):
    """The server accepts the key in x-api-key if the Authorization header has the scheme Basic."""

    def allows(self, request: Request) -> bool:
        if request.headers.get("Authorization", "").lower().startswith("basic "):
            return self.accepts(request, request.headers.get("x-api-key", ""))
        return super().allows(request)


@fault("hidden-rename-accepts-user-token", "must", origin="blind-8")
class RenameAcceptsUserToken(Security):
    """The rename of a unit accepts a user token as the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        if request.operation == "updateBusinessUnit" and self.same(token, self.credentials.user_token):
            return True
        return super().accepts(request, token)


@fault("hidden-virtual-key-in-two-headers", "must", origin="blind-8")
class VirtualKeyInTwoHeaders(Security):
    """The server accepts a virtual key as the bearer token if x-bf-vk has the same virtual key."""

    def accepts(self, request: Request, token: str) -> bool:
        virtual_key = self.credentials.virtual_key
        if self.same(token, virtual_key) and self.same(request.headers.get("x-bf-vk", ""), virtual_key):
            return True
        return super().accepts(request, token)


@fault("hidden-forwarded-authorization", "must", origin="blind-8")
class ForwardedAuthorization(Security):
    """The server accepts `Bearer` and the key in X-Forwarded-Authorization if there is no Authorization header."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers:
            scheme, _, token = request.headers.get("X-Forwarded-Authorization", "").partition(" ")
            return scheme.lower() == "bearer" and self.accepts(request, token.lstrip(" "))
        return super().allows(request)
