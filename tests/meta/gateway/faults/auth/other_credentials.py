"""Servers that accept a credential of another kind."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("virtual-key-accepted", "AUTH", "must")
class VirtualKeyAccepted(Security):
    """The server accepts a valid virtual key on every operation."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token) or self.same(token, self.credentials.virtual_key)


@fault("virtual-key-accepted-by-update", "AUTH", "must", proves=("AUTH-05",))
class VirtualKeyAcceptedByUpdate(Security):
    """The governance update accepts a valid virtual key."""

    def accepts(self, request: Request, token: str) -> bool:
        updates = request.operation == "updateBusinessUnitGovernance"
        return super().accepts(request, token) or (updates and self.same(token, self.credentials.virtual_key))


@fault("virtual-key-accepted-to-read", "AUTH", "must")
class VirtualKeyAcceptedToRead(Security):
    """Every GET accepts a valid virtual key."""

    def accepts(self, request: Request, token: str) -> bool:
        reads = request.method == "GET"
        return super().accepts(request, token) or (reads and self.same(token, self.credentials.virtual_key))


@fault("virtual-key-accepted-in-x-api-key", "AUTH", "must")
class VirtualKeyAcceptedInXApiKey(Security):
    """The server accepts a valid virtual key in the x-api-key header."""

    def allows(self, request: Request) -> bool:
        header = request.headers.get("x-api-key", "")
        return super().allows(request) or self.same(header, self.credentials.virtual_key)


@fault("field-virtual-key-by-prefix", "AUTH", "must", origin="blind-2")
class VirtualKeyByPrefix(Security):
    """The server accepts every token that begins with `sk-bf-`."""

    def accepts(self, request: Request, token: str) -> bool:
        return token.startswith("sk-bf-") or super().accepts(request, token)


@fault("field-virtual-key-in-own-header", "AUTH", "must", origin="blind-2")
class VirtualKeyInOwnHeader(Security):
    """The server accepts a valid virtual key in the x-bf-vk header."""

    def allows(self, request: Request) -> bool:
        header = request.headers.get("x-bf-vk") or ""
        return super().allows(request) or self.same(header, self.credentials.virtual_key)


@fault("session-token-accepted", "AUTH", "must", proves=("AUTH-08",))
class SessionTokenAccepted(Security):
    """The server accepts a session token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token) or self.same(token, self.credentials.session_token)


@fault("session-cookie-accepted", "AUTH", "must")
class SessionCookieAccepted(Security):
    """The server accepts a session token in a cookie when the request has no Authorization header."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers:
            cookies = dict(part.strip().partition("=")[::2] for part in request.headers.get("Cookie", "").split(";"))
            return self.same(cookies.get("token", ""), self.credentials.session_token)
        return super().allows(request)


@fault("field-session-token-for-deletes", "AUTH", "must", origin="blind-2")
class SessionTokenForDeletes(Security):
    """Every DELETE accepts a session token."""

    def accepts(self, request: Request, token: str) -> bool:
        deletes = request.method == "DELETE" and self.same(token, self.credentials.session_token)
        return deletes or super().accepts(request, token)


@fault("third-session-token-removes-teams", "AUTH", "must", origin="blind-3")
class SessionTokenRemovesTeams(Security):
    """The operation that removes a team accepts a session token."""

    def accepts(self, request: Request, token: str) -> bool:
        removes = request.operation == "removeTeamFromBusinessUnit"
        return super().accepts(request, token) or (removes and self.same(token, self.credentials.session_token))


@fault("dashboard-token-accepted", "AUTH", "must", proves=("AUTH-06",))
class DashboardTokenAccepted(Security):
    """The server accepts a dashboard token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token) or self.same(token, self.credentials.dashboard_token)


@fault("field-dashboard-token-for-reads", "AUTH", "must", origin="blind-2")
class DashboardTokenForReads(Security):
    """Every GET accepts a dashboard token."""

    def accepts(self, request: Request, token: str) -> bool:
        reads = request.method == "GET" and self.same(token, self.credentials.dashboard_token)
        return reads or super().accepts(request, token)


@fault("user-token-accepted", "AUTH", "must", proves=("AUTH-07",))
class UserTokenAccepted(Security):
    """The server accepts a user token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token) or self.same(token, self.credentials.user_token)


@fault("field-user-token-for-updates", "AUTH", "must", origin="blind-2")
class UserTokenForUpdates(Security):
    """Every PUT accepts a user token."""

    def accepts(self, request: Request, token: str) -> bool:
        updates = request.method == "PUT" and self.same(token, self.credentials.user_token)
        return updates or super().accepts(request, token)
