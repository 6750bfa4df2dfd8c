"""Servers that read credentials from other headers, cookies or the query."""

from __future__ import annotations

import urllib.parse

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("x-api-key-accepted", "AUTH", "must", proves=("AUTH-09",))
class XApiKeyAccepted(Security):
    """The server accepts the key in x-api-key when the request has no Authorization header."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers:
            return self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
        return super().allows(request)


@fault("x-api-key-accepted-beside-bad-bearer", "AUTH", "must", proves=("AUTH-10",))
class XApiKeyAcceptedBesideBadBearer(Security):
    """The server accepts the key in x-api-key when the bearer token is wrong."""

    def allows(self, request: Request) -> bool:
        fallback = self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
        return super().allows(request) or ("Authorization" in request.headers and fallback)


@fault("field-api-key-header-fallback", "AUTH", "must", origin="blind-2")
class ApiKeyHeaderFallback(Security):
    """The server falls back to the key in x-api-key when the bearer token is wrong or missing."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.accepts(request, request.headers.get("x-api-key") or "")


@fault("field-api-key-header-for-reads", "AUTH", "must", origin="blind-2")
class ApiKeyHeaderForReads(Security):
    """Every GET accepts the key in x-api-key."""

    def allows(self, request: Request) -> bool:
        header = request.headers.get("x-api-key") or ""
        return super().allows(request) or (request.method == "GET" and self.accepts(request, header))


@fault("third-bare-bearer-reads-other-header", "AUTH", "must", origin="blind-3")
class BareBearerReadsOtherHeader(Security):
    """The server reads the key from x-api-key when Authorization is just `Bearer`."""

    def allows(self, request: Request) -> bool:
        values = request.headers.get_all("Authorization") or []
        if len(values) == 1 and values[0].strip().lower() == "bearer":
            return self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
        return super().allows(request)


@fault("key-in-query-accepted", "AUTH", "must", proves=("AUTH-12",))
class KeyInQueryAccepted(Security):
    """The server accepts the key as ?api_key=."""

    def allows(self, request: Request) -> bool:
        query = urllib.parse.parse_qs(request.query)
        return super().allows(request) or self.same(query.get("api_key", [""])[0], self.credentials.api_key)


@fault("field-key-in-query", "AUTH", "must", origin="blind-2")
class KeyInQuery(Security):
    """The server accepts the key as ?access_token=."""

    def allows(self, request: Request) -> bool:
        token = urllib.parse.parse_qs(request.query).get("access_token", [""])[0]
        return super().allows(request) or self.accepts(request, token)


@fault("virtual-key-beside-spoils-the-key", "AUTH", "should", proves=("AUTH-23",))
class VirtualKeyBesideSpoilsTheKey(Security):
    """The server refuses the management key when a virtual key comes with it in x-bf-vk."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) and "x-bf-vk" not in request.headers


@fault("cookie-comes-first", "AUTH", "should")
class CookieComesFirst(Security):
    """The server refuses the management key when the request has a token cookie."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) and "token=" not in request.headers.get("Cookie", "")
