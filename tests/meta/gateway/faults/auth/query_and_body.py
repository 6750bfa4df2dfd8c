"""Servers that read credentials from the query or the body."""

from __future__ import annotations

import json
import urllib.parse

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .request_parts import query_values, scheme_and_token


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


@fault("key-in-query-accepted", "must", Security.allows, proves=("AUTH-12",))
def key_in_query_accepted(self: Security, request: Request) -> bool:
    """The server accepts the key as ?api_key=."""
    query = urllib.parse.parse_qs(request.query)
    return Security.allows(self, request) or self.same(query.get("api_key", [""])[0], self.credentials.api_key)


@fault("scarce-authorization-in-query", "must", origin="blind-9")
class AuthorizationInQuery(Security):
    """The server reads `Bearer` and the key from the query parameter authorization if the header is absent."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers:
            return super().allows(request)
        query = urllib.parse.parse_qsl(request.query)
        values = [value.partition(" ") for name, value in query if name.lower() == "authorization"]
        return any(scheme.title() == "Bearer" and self.accepts(request, token.strip()) for scheme, _, token in values)


QUERY_NAMES = ("access_token", "api_key", "apikey", "key", "token")


@fault("rare-query-key-beside-basic", "must", origin="blind-4")
class QueryKeyBesideBasic(Security):
    """The server accepts the key in the query if the Authorization header has the scheme Basic."""

    def allows(self, request: Request) -> bool:
        query = urllib.parse.parse_qs(request.query)
        if scheme_and_token(request)[0] == "basic":
            return any(self.accepts(request, value) for name in QUERY_NAMES for value in query.get(name, []))
        return super().allows(request)


@fault("user-token-in-query-accepted", "must")
class UserTokenInQueryAccepted(Security):
    """The server accepts a user token in a query parameter of any name."""

    def allows(self, request: Request) -> bool:
        known = any(self.same(value, self.credentials.user_token) for value in query_values(request))
        return super().allows(request) or known
