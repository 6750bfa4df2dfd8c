"""Servers that accept a credential of another kind."""

from __future__ import annotations

from typing import Any

from ...assembly import Fault, Level, fault
from ...messages import Request
from ...security import Security


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
