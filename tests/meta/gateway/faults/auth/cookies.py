"""Servers that read cookies for authentication."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .request_parts import authorization, cookies, scheme_and_token


@fault("session-cookie-accepted", "must", Security.allows)
def session_cookie_accepted(self: Security, request: Request) -> bool:
    """The server accepts a session token in a cookie when the request has no Authorization header."""
    if "Authorization" not in request.headers:
        return self.same(cookies(request).get("token", ""), self.credentials.session_token)
    return Security.allows(self, request)


@fault("cookie-comes-first", "should", Security.allows)
def cookie_comes_first(self: Security, request: Request) -> bool:
    """The server refuses the management key when the request has a token cookie."""
    return Security.allows(self, request) and "token" not in cookies(request)


@fault("seldom-cookie-with-equals-signs-breaks", "must", Security.allows, origin="blind-11")
def cookie_with_equals_signs_breaks(self: Security, request: Request) -> bool:
    """The server answers 500 to the key beside a cookie without, or with more than one, equals sign."""
    if not Security.allows(self, request):
        return False
    pairs = [pair.strip() for pair in request.headers.get("Cookie", "").split(";")]
    cookies = dict(pair.split("=") for pair in pairs if pair)
    return cookies is not None


@fault("rare-cookie-after-empty-token", "must", origin="blind-4")
class CookieAfterEmptyToken(Security):
    """The server accepts a cookie with the key or a session token if the bearer token is empty, null or undefined."""

    def allows(self, request: Request) -> bool:
        scheme, token = scheme_and_token(request)
        if scheme == "bearer" and token in ("", "null", "undefined"):
            cookie = cookies(request).get("token", "")
            return self.accepts(request, cookie) or self.same(cookie, self.credentials.session_token)
        return super().allows(request)


@fault("rare-key-refused-beside-cookie", "must", origin="blind-4")
class KeyRefusedBesideCookie(Security):
    """The server refuses the key with 401 if the request also has a cookie."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) and "Cookie" not in request.headers


@fault("dashboard-cookie-accepted", "must")
class DashboardCookieAccepted(Security):
    """The server accepts a dashboard token in a cookie of any name."""

    def allows(self, request: Request) -> bool:
        known = any(self.same(value, self.credentials.dashboard_token) for value in cookies(request).values())
        return super().allows(request) or known


@fault("key-in-other-cookie-accepted", "must")
class KeyInOtherCookieAccepted(Security):
    """The server accepts the key in a cookie whose name is not token."""

    def allows(self, request: Request) -> bool:
        values = [value for name, value in cookies(request).items() if name != "token"]
        return super().allows(request) or any(self.same(value, self.credentials.api_key) for value in values)


@fault("late-cookie-of-script-accepted", "must", origin="blind-6")
class CookieOfScriptAccepted(Security):
    """The server accepts a session token in the cookie `token` of a request with X-Requested-With."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers or "X-Requested-With" not in request.headers:
            return super().allows(request)
        return self.same(cookies(request).get("token", ""), self.credentials.session_token)


@fault("subtle-session-cookie-beside-empty-bearer", "must", Security.allows, origin="blind-12")
def session_cookie_beside_empty_bearer(self: Security, request: Request) -> bool:
    """A session token in the cookie `token` is accepted if Authorization is Bearer without a token."""
    if authorization(request).strip().lower() == "bearer":
        return self.same(cookies(request).get("token", ""), self.credentials.session_token)
    return Security.allows(self, request)
