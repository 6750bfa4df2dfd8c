"""Servers that read credentials from headers other than Authorization."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .request_parts import cookies, scheme_and_token, token


@fault("hidden-x-api-key-beside-basic", "must", origin="blind-8")
class XApiKeyBesideBasic(Security):
    """The server accepts the key in x-api-key if the Authorization header has the scheme Basic."""

    def allows(self, request: Request) -> bool:
        if request.headers.get("Authorization", "").lower().startswith("basic "):
            return self.accepts(request, request.headers.get("x-api-key", ""))
        return super().allows(request)


@fault("scarce-x-api-key-beside-session-cookie", "must", origin="blind-9")
class XApiKeyBesideSessionCookie(Security):
    """The server accepts the key in x-api-key if the cookie `token` has a session token and Authorization is absent."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers and self.has_session(request):
            return self.accepts(request, request.headers.get("x-api-key", ""))
        return super().allows(request)

    def has_session(self, request: Request) -> bool:
        """Return whether a cookie has the session token."""
        return self.same(cookies(request).get("token", ""), self.credentials.session_token)


@fault("quiet-key-in-provider-headers", "must", origin="blind-10")
class KeyInProviderHeaders(Security):
    """The server accepts the key in api-key or x-goog-api-key if there is no Authorization header."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers:
            return super().allows(request)
        return any(self.accepts(request, request.headers.get(name, "")) for name in ("api-key", "x-goog-api-key"))


@fault("next-key-in-proxy-authorization", "must", origin="blind-7")
class KeyInProxyAuthorization(Security):
    """The server accepts the key in Proxy-Authorization if Authorization has another credential."""

    def allows(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("Proxy-Authorization", "").partition(" ")
        forwarded = "Authorization" in request.headers and scheme.lower() == "bearer"
        return super().allows(request) or (forwarded and self.same(token.strip(), self.credentials.api_key))


@fault("x-api-key-accepted", "must", Security.allows, proves=("AUTH-09",))
def x_api_key_accepted(self: Security, request: Request) -> bool:
    """The server accepts the key in x-api-key when the request has no Authorization header."""
    if "Authorization" not in request.headers:
        return self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
    return Security.allows(self, request)


@fault("x-api-key-accepted-beside-bad-bearer", "must", Security.allows, proves=("AUTH-10",))
def x_api_key_accepted_beside_bad_bearer(self: Security, request: Request) -> bool:
    """The server accepts the key in x-api-key when the bearer token is wrong."""
    fallback = self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
    return Security.allows(self, request) or ("Authorization" in request.headers and fallback)


@fault("third-bare-bearer-reads-other-header", "must", Security.allows, origin="blind-3")
def bare_bearer_reads_other_header(self: Security, request: Request) -> bool:
    """The server reads the key from x-api-key when Authorization is just `Bearer`."""
    values = request.headers.get_all("Authorization") or []
    if len(values) == 1 and values[0].strip().lower() == "bearer":
        return self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
    return Security.allows(self, request)


@fault("virtual-key-beside-spoils-the-key", "should", Security.allows, proves=("AUTH-23",))
def virtual_key_beside_spoils_the_key(self: Security, request: Request) -> bool:
    """The server refuses the management key when a virtual key comes with it in x-bf-vk."""
    return Security.allows(self, request) and "x-bf-vk" not in request.headers


@fault("hidden-forwarded-authorization", "must", origin="blind-8")
class ForwardedAuthorization(Security):
    """The server accepts `Bearer` and the key in X-Forwarded-Authorization if there is no Authorization header."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers:
            scheme, _, token = request.headers.get("X-Forwarded-Authorization", "").partition(" ")
            return scheme.lower() == "bearer" and self.accepts(request, token.lstrip(" "))
        return super().allows(request)


@fault("rare-virtual-key-beside-x-api-key", "must", origin="blind-4")
class VirtualKeyBesideXApiKey(Security):
    """The server accepts the management key in x-api-key if the bearer token is a valid virtual key."""

    def allows(self, request: Request) -> bool:
        scheme, token = scheme_and_token(request)
        if scheme == "bearer" and self.same(token, self.credentials.virtual_key):
            return self.accepts(request, request.headers.get("x-api-key", ""))
        return super().allows(request)


@fault("session-token-in-header-accepted", "must")
class SessionTokenInHeaderAccepted(Security):
    """The server accepts a session token in any header other than Authorization and Cookie."""

    def allows(self, request: Request) -> bool:
        others = [value for name, value in request.headers.items() if name not in ("Authorization", "Cookie")]
        return super().allows(request) or any(self.same(value, self.credentials.session_token) for value in others)


@fault("x-api-key-of-other-client-accepted", "must")
class XApiKeyOfOtherClientAccepted(Security):
    """The server accepts the key in x-api-key if Accept is not exactly application/json."""

    def allows(self, request: Request) -> bool:
        alone = "Authorization" not in request.headers and request.headers.get("Accept") != "application/json"
        return super().allows(request) or (
            alone and self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
        )


@fault("x-api-key-of-signed-in-user-accepted", "must")
class XApiKeyOfSignedInUserAccepted(Security):
    """The server accepts the key in x-api-key if the bearer token is a dashboard, user or session token."""

    def allows(self, request: Request) -> bool:
        found, known = token(request), self.credentials
        signed_in = any(
            self.same(found, secret) for secret in (known.dashboard_token, known.user_token, known.session_token)
        )
        return super().allows(request) or (signed_in and self.same(request.headers.get("x-api-key", ""), known.api_key))
