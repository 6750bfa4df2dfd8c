"""Servers that accept a credential of another kind."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("virtual-key-accepted", "must", Security.accepts)
def virtual_key_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts a valid virtual key on every operation."""
    return Security.accepts(self, request, token) or self.same(token, self.credentials.virtual_key)


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


@fault("session-token-accepted", "must", Security.accepts, proves=("AUTH-08",))
def session_token_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts a session token."""
    return Security.accepts(self, request, token) or self.same(token, self.credentials.session_token)


@fault("session-cookie-accepted", "must", Security.allows)
def session_cookie_accepted(self: Security, request: Request) -> bool:
    """The server accepts a session token in a cookie when the request has no Authorization header."""
    if "Authorization" not in request.headers:
        cookies = dict(part.strip().partition("=")[::2] for part in request.headers.get("Cookie", "").split(";"))
        return self.same(cookies.get("token", ""), self.credentials.session_token)
    return Security.allows(self, request)


@fault("field-session-token-for-deletes", "must", Security.accepts, origin="blind-2")
def session_token_for_deletes(self: Security, request: Request, token: str) -> bool:
    """Every DELETE accepts a session token."""
    deletes = request.method == "DELETE" and self.same(token, self.credentials.session_token)
    return deletes or Security.accepts(self, request, token)


@fault("dashboard-token-accepted", "must", Security.accepts, proves=("AUTH-06",))
def dashboard_token_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts a dashboard token."""
    return Security.accepts(self, request, token) or self.same(token, self.credentials.dashboard_token)


@fault("user-token-accepted", "must", Security.accepts, proves=("AUTH-07",))
def user_token_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts a user token."""
    return Security.accepts(self, request, token) or self.same(token, self.credentials.user_token)
