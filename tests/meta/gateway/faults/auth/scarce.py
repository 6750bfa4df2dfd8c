"""Servers that accept credentials in rare forms, places or combinations."""

from __future__ import annotations

import re
import urllib.parse
from http.cookies import CookieError, SimpleCookie

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("scarce-key-as-scheme-parameter", "must", origin="blind-9")
class KeyAsSchemeParameter(Security):
    """The server accepts the key as a named parameter of the scheme, such as `Bearer token="key"`."""

    def accepts(self, request: Request, token: str) -> bool:
        named = re.fullmatch(r'(?:access_token|api_key|key|token) *= *("?)([^"]*)\1', token, re.IGNORECASE)
        return super().accepts(request, named[2] if named else token)


@fault("scarce-team-list-accepts-dashboard-token", "must", origin="blind-9")
class TeamListAcceptsDashboardToken(Security):
    """The list of the teams of a unit accepts a dashboard token as the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        if request.operation == "listBusinessUnitTeams" and self.same(token, self.credentials.dashboard_token):
            return True
        return super().accepts(request, token)


@fault("scarce-authorization-in-query", "must", origin="blind-9")
class AuthorizationInQuery(Security):
    """The server reads `Bearer` and the key from the query parameter authorization if the header is absent."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers:
            return super().allows(request)
        query = urllib.parse.parse_qsl(request.query)
        values = [value.partition(" ") for name, value in query if name.lower() == "authorization"]
        return any(scheme.title() == "Bearer" and self.accepts(request, token.strip()) for scheme, _, token in values)


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
