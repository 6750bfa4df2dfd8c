"""Servers that read credentials from other headers, cookies or the query."""

from __future__ import annotations

import urllib.parse

from ...assembly import fault
from ...messages import Request
from ...security import Security


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


@fault("key-in-query-accepted", "must", Security.allows, proves=("AUTH-12",))
def key_in_query_accepted(self: Security, request: Request) -> bool:
    """The server accepts the key as ?api_key=."""
    query = urllib.parse.parse_qs(request.query)
    return Security.allows(self, request) or self.same(query.get("api_key", [""])[0], self.credentials.api_key)


@fault("virtual-key-beside-spoils-the-key", "should", Security.allows, proves=("AUTH-23",))
def virtual_key_beside_spoils_the_key(self: Security, request: Request) -> bool:
    """The server refuses the management key when a virtual key comes with it in x-bf-vk."""
    return Security.allows(self, request) and "x-bf-vk" not in request.headers


@fault("cookie-comes-first", "should", Security.allows)
def cookie_comes_first(self: Security, request: Request) -> bool:
    """The server refuses the management key when the request has a token cookie."""
    return Security.allows(self, request) and "token=" not in request.headers.get("Cookie", "")


@fault("hidden-forwarded-authorization", "must", origin="blind-8")
class ForwardedAuthorization(Security):
    """The server accepts `Bearer` and the key in X-Forwarded-Authorization if there is no Authorization header."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers:
            scheme, _, token = request.headers.get("X-Forwarded-Authorization", "").partition(" ")
            return scheme.lower() == "bearer" and self.accepts(request, token.lstrip(" "))
        return super().allows(request)


@fault("scarce-authorization-in-query", "must", origin="blind-9")
class AuthorizationInQuery(Security):
    """The server reads `Bearer` and the key from the query parameter authorization if the header is absent."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers:
            return super().allows(request)
        query = urllib.parse.parse_qsl(request.query)
        values = [value.partition(" ") for name, value in query if name.lower() == "authorization"]
        return any(scheme.title() == "Bearer" and self.accepts(request, token.strip()) for scheme, _, token in values)
