"""Servers that accept a credential in an unusual place, or with an unusual request."""

from __future__ import annotations

import contextlib
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie

from ...assembly import fault
from ...messages import Refusal, Request
from ...pipeline import Pipeline
from ...security import Security
from .authorization import authorization, token

_GRANTS = ("*", "admin", "true", "0")


_SCHEMES = ("bearer", "basic", "token", "apikey", "digest")


def _cookies(request: Request) -> Iterator[tuple[str, str]]:
    """Yield the name and the decoded value of each cookie."""
    for part in (request.headers.get("Cookie") or "").split(";"):
        name, _, value = part.strip().partition("=")
        yield name, urllib.parse.unquote(value)


def _in_query(request: Request) -> list[str]:
    """Return the values of all query parameters."""
    return [value for _, value in urllib.parse.parse_qsl(request.query)]


@fault("word-that-grants-accepted", "must")
class WordThatGrantsAccepted(Security):
    """The server accepts the tokens `*`, `admin`, `true` and `0`."""

    def accepts(self, request: Request, token: str) -> bool:
        return token in _GRANTS or super().accepts(request, token)


@fault("unknown-scheme-ignored", "must")
class UnknownSchemeIgnored(Security):
    """The server accepts the key after a scheme that it does not know."""

    def allows(self, request: Request) -> bool:
        scheme, blank, _ = authorization(request).partition(" ")
        unknown = bool(blank) and not any(word in scheme.lower() for word in _SCHEMES)
        return super().allows(request) or (unknown and self.same(token(request), self.credentials.api_key))


@fault("raw-key-of-proxy-accepted", "must")
class RawKeyOfProxyAccepted(Security):
    """The server accepts the key without a scheme if the request has X-Request-Id, which a proxy adds."""

    def allows(self, request: Request) -> bool:
        raw = "X-Request-Id" in request.headers and self.same(authorization(request), self.credentials.api_key)
        return super().allows(request) or raw


@fault("virtual-key-accepted-for-pages", "must")
class VirtualKeyAcceptedForPages(Security):
    """The server accepts a virtual key for a list with the parameter page or limit."""

    def accepts(self, request: Request, token: str) -> bool:
        paged = any(name in urllib.parse.parse_qs(request.query) for name in ("page", "limit"))
        return super().accepts(request, token) or (paged and self.same(token, self.credentials.virtual_key))


@fault("dashboard-cookie-accepted", "must")
class DashboardCookieAccepted(Security):
    """The server accepts a dashboard token in a cookie of any name."""

    def allows(self, request: Request) -> bool:
        known = any(self.same(value, self.credentials.dashboard_token) for _, value in _cookies(request))
        return super().allows(request) or known


@fault("user-token-in-query-accepted", "must")
class UserTokenInQueryAccepted(Security):
    """The server accepts a user token in a query parameter of any name."""

    def allows(self, request: Request) -> bool:
        known = any(self.same(value, self.credentials.user_token) for value in _in_query(request))
        return super().allows(request) or known


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


@fault("key-in-other-cookie-accepted", "must")
class KeyInOtherCookieAccepted(Security):
    """The server accepts the key in a cookie whose name is not token."""

    def allows(self, request: Request) -> bool:
        values = [value for name, value in _cookies(request) if name != "token"]
        return super().allows(request) or any(self.same(value, self.credentials.api_key) for value in values)


@fault("query-judged-before-caller", "must")
class QueryJudgedBeforeCaller(Pipeline):
    """The server answers 400 to a page or limit out of range before it checks the credential."""

    def authorise(self, request: Request) -> None:
        query = urllib.parse.parse_qs(request.query)
        for name in ("page", "limit"):
            if any(not value.isdecimal() or not 1 <= int(value[:9]) <= 100 for value in query.get(name, [])):
                raise Refusal(400, f"{name} is out of range")
        super().authorise(request)


@fault("internal-request-trusted", "must")
class InternalRequestTrusted(Security):
    """The server checks no credential for a request that claims to be internal."""

    def allows(self, request: Request) -> bool:
        internal = any(name.lower().startswith("x-internal") for name in request.headers)
        return super().allows(request) or internal


@fault("refused-removal-of-foreign-token-applied", "must")
class RefusedRemovalOfForeignTokenApplied(Pipeline):
    """An update with a valid foreign token is refused with 401, but an empty budget in it removes the budget."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal:
            known = self.security.credentials
            foreign = (known.virtual_key, known.dashboard_token, known.user_token, known.session_token)
            if request.operation == "updateBusinessUnitGovernance" and token(request) in foreign:
                self.remove_budget(request)
            raise

    def remove_budget(self, request: Request) -> None:
        """Carry out the removal of the budget, if the request asks for it."""
        operations = self.operations
        with contextlib.suppress(Refusal), operations.store.transaction():
            change = operations.bodies.update(operations.bodies.document(request.body))
            unit = operations.store.find(self.decoded(request.unit_id))
            if unit is not None and change.budget is not None and change.budget.removes:
                operations.store.save(replace(unit, budget=None))


@fault("late-cookie-of-script-accepted", "must", origin="blind-6")
class CookieOfScriptAccepted(Security):
    """The server accepts a session token in the cookie `token` of a request with X-Requested-With."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers or "X-Requested-With" not in request.headers:
            return super().allows(request)
        with contextlib.suppress(CookieError):
            cookies = SimpleCookie(request.headers.get("Cookie", ""))
            return "token" in cookies and self.same(cookies["token"].value, self.credentials.session_token)
        return False
