"""Servers that accept credentials in rare combinations of headers, blanks, places and operations."""

from __future__ import annotations

import json
import urllib.parse
from http.cookies import CookieError, SimpleCookie

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .authorization import authorization


@fault("fresh-key-in-body-accepted", "must", origin="blind-5")
class KeyInBodyAccepted(Security):
    """The server accepts the key as the member access_token or api_key of the body if there is no Authorization."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers:
            return super().allows(request)
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            return False
        if not isinstance(body, dict):
            return False
        found = [body.get(name) for name in ("access_token", "api_key")]
        return any(isinstance(value, str) and self.same(value, self.credentials.api_key) for value in found)


@fault("fresh-dashboard-token-of-same-origin-accepted", "must", origin="blind-5")
class DashboardTokenOfSameOriginAccepted(Security):
    """The server accepts a dashboard token as the bearer token if the Origin header names the server itself."""

    def accepts(self, request: Request, token: str) -> bool:
        host = request.headers.get("Host", "")
        own = bool(host) and urllib.parse.urlsplit(request.headers.get("Origin", "")).netloc == host
        return super().accepts(request, token) or (own and self.same(token, self.credentials.dashboard_token))


@fault("fresh-blanks-in-key-ignored", "must", origin="blind-5")
class BlanksInKeyIgnored(Security):
    """The server ignores blanks and tabs within the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, "".join(token.split()))


@fault("fresh-assignment-finds-key-anywhere", "must", origin="blind-5")
class AssignmentFindsKeyAnywhere(Security):
    """The assignment of a team accepts any Authorization header that contains the key, after any scheme or text."""

    def allows(self, request: Request) -> bool:
        contained = self.credentials.api_key in authorization(request)
        return super().allows(request) or (request.operation == "assignTeamToBusinessUnit" and contained)


@fault("hidden-x-api-key-beside-basic", "must", origin="blind-8")
class XApiKeyBesideBasic(Security):
    """The server accepts the key in x-api-key if the Authorization header has the scheme Basic."""

    def allows(self, request: Request) -> bool:
        if request.headers.get("Authorization", "").lower().startswith("basic "):
            return self.accepts(request, request.headers.get("x-api-key", ""))
        return super().allows(request)


@fault("hidden-virtual-key-in-two-headers", "must", origin="blind-8")
class VirtualKeyInTwoHeaders(Security):
    """The server accepts a virtual key as the bearer token if x-bf-vk has the same virtual key."""

    def accepts(self, request: Request, token: str) -> bool:
        virtual_key = self.credentials.virtual_key
        if self.same(token, virtual_key) and self.same(request.headers.get("x-bf-vk", ""), virtual_key):
            return True
        return super().accepts(request, token)


@fault("scarce-x-api-key-beside-session-cookie", "must", origin="blind-9")
class XApiKeyBesideSessionCookie(Security):
    """The server accepts the key in x-api-key if the cookie `token` has a session token and Authorization is absent."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers and self.has_session(request):
            return self.accepts(request, request.headers.get("x-api-key", ""))
        return super().allows(request)

    def has_session(self, request: Request) -> bool:
        """Return whether a cookie has the session token."""
        try:
            cookies = SimpleCookie(request.headers.get("Cookie", ""))
        except CookieError:
            return False
        return "token" in cookies and self.same(cookies["token"].value, self.credentials.session_token)
