"""Servers that accept a credential of another kind."""

from __future__ import annotations

import urllib.parse
from typing import Any

from ...assembly import Fault, Level, fault
from ...messages import Request
from ...pipeline import Pipeline
from ...security import Security
from .request_parts import cookies, scheme_and_token, token


def _accepting(name: str, level: Level, kind: str, what: str, **options: Any) -> Fault:
    """Make a fault of a server that accepts a token of this kind on every operation."""

    def accepts(self: Security, request: Request, token: str) -> bool:
        return Security.accepts(self, request, token) or self.same(token, getattr(self.credentials, kind))

    return fault(name, level, Security.accepts, description=f"The server accepts {what}.", **options)(accepts)


ON_EVERY_OPERATION = [
    _accepting("virtual-key-accepted", "must", "virtual_key", "a valid virtual key on every operation"),
    _accepting("session-token-accepted", "must", "session_token", "a session token", proves=("AUTH-08",)),
    _accepting("dashboard-token-accepted", "must", "dashboard_token", "a dashboard token", proves=("AUTH-06",)),
    _accepting("user-token-accepted", "must", "user_token", "a user token", proves=("AUTH-07",)),
]


@fault("virtual-key-accepted-by-update", "must", Security.accepts, proves=("AUTH-05",))
def virtual_key_accepted_by_update(self: Security, request: Request, token: str) -> bool:
    """The governance update accepts a valid virtual key."""
    updates = request.operation == "updateBusinessUnitGovernance"
    return Security.accepts(self, request, token) or (updates and self.same(token, self.credentials.virtual_key))


@fault("virtual-key-accepted-to-read", "must", Security.accepts)
def virtual_key_accepted_to_read(self: Security, request: Request, token: str) -> bool:
    """Every GET accepts a valid virtual key."""
    reads = request.method == "GET"
    return Security.accepts(self, request, token) or (reads and self.same(token, self.credentials.virtual_key))


@fault("virtual-key-accepted-in-x-api-key", "must", Security.allows)
def virtual_key_accepted_in_x_api_key(self: Security, request: Request) -> bool:
    """The server accepts a valid virtual key in the x-api-key header."""
    header = request.headers.get("x-api-key", "")
    return Security.allows(self, request) or self.same(header, self.credentials.virtual_key)


@fault("field-virtual-key-in-own-header", "must", Security.allows, origin="blind-2")
def virtual_key_in_own_header(self: Security, request: Request) -> bool:
    """The server accepts a valid virtual key in the x-bf-vk header."""
    header = request.headers.get("x-bf-vk") or ""
    return Security.allows(self, request) or self.same(header, self.credentials.virtual_key)


@fault("field-session-token-for-deletes", "must", Security.accepts, origin="blind-2")
def session_token_for_deletes(self: Security, request: Request, token: str) -> bool:
    """Every DELETE accepts a session token."""
    deletes = request.method == "DELETE" and self.same(token, self.credentials.session_token)
    return deletes or Security.accepts(self, request, token)


@fault("fresh-dashboard-token-of-same-origin-accepted", "must", origin="blind-5")
class DashboardTokenOfSameOriginAccepted(Security):
    """The server accepts a dashboard token as the bearer token if the Origin header names the server itself."""

    def accepts(self, request: Request, token: str) -> bool:
        host = request.headers.get("Host", "")
        own = bool(host) and urllib.parse.urlsplit(request.headers.get("Origin", "")).netloc == host
        return super().accepts(request, token) or (own and self.same(token, self.credentials.dashboard_token))


@fault("hidden-virtual-key-in-two-headers", "must", origin="blind-8")
class VirtualKeyInTwoHeaders(Security):
    """The server accepts a virtual key as the bearer token if x-bf-vk has the same virtual key."""

    def accepts(self, request: Request, token: str) -> bool:
        virtual_key = self.credentials.virtual_key
        if self.same(token, virtual_key) and self.same(request.headers.get("x-bf-vk", ""), virtual_key):
            return True
        return super().accepts(request, token)


@fault("quiet-virtual-key-for-escaped-paths", "must", origin="blind-10")
class VirtualKeyForEscapedPaths(Security):
    """The server accepts a virtual key as the bearer token if the path has a percent-encoded character."""

    def accepts(self, request: Request, token: str) -> bool:
        if "%" in request.path and self.same(token, self.credentials.virtual_key):
            return True
        return super().accepts(request, token)


@fault("subtle-virtual-key-reads-governed-unit", "must", Pipeline.authorise, origin="blind-12")
def virtual_key_reads_governed_unit(self: Pipeline, request: Request) -> None:
    """A virtual key can read a unit that has both a budget and a rate limit."""
    if request.operation == "getBusinessUnit":
        unit = self.operations.store.find(urllib.parse.unquote(request.unit_id))
        governed = unit is not None and unit.budget is not None and unit.rate_limit is not None
        if governed and self.security.same(token(request), self.security.credentials.virtual_key):
            return
    Pipeline.authorise(self, request)


@fault("subtle-dashboard-token-searches", "must", Security.allows, origin="blind-12")
def dashboard_token_searches(self: Security, request: Request) -> bool:
    """A dashboard token is accepted for a list with a search text."""
    lists = request.operation in ("listBusinessUnits", "listBusinessUnitTeams")
    searches = lists and "search" in urllib.parse.parse_qs(request.query)
    return Security.allows(self, request) or (searches and self.same(token(request), self.credentials.dashboard_token))


@fault("rare-session-token-in-header-and-cookie", "must", origin="blind-4")
class SessionTokenInHeaderAndCookie(Security):
    """The server accepts a session token as the bearer token if the cookie `token` has the same value."""

    def allows(self, request: Request) -> bool:
        scheme, token = scheme_and_token(request)
        if scheme == "bearer" and token == cookies(request).get("token", ""):
            if self.same(token, self.credentials.session_token):
                return True
        return super().allows(request)


@fault("virtual-key-accepted-for-pages", "must")
class VirtualKeyAcceptedForPages(Security):
    """The server accepts a virtual key for a list with the parameter page or limit."""

    def accepts(self, request: Request, token: str) -> bool:
        paged = any(name in urllib.parse.parse_qs(request.query) for name in ("page", "limit"))
        return super().accepts(request, token) or (paged and self.same(token, self.credentials.virtual_key))
