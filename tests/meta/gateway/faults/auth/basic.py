"""Servers that accept the key in Basic authentication (RFC 7617)."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .request_parts import basic_credentials, token


@fault("next-basic-user-is-key", "must", origin="blind-7")
class BasicUserIsKey(Security):
    """The server accepts the key as the user name of Basic authentication with an empty password."""

    def allows(self, request: Request) -> bool:
        user, password = basic_credentials(request) or ("", "")
        return super().allows(request) or (not password and self.same(user, self.credentials.api_key))


@fault("late-team-removal-accepts-key-as-user", "must", origin="blind-6")
class TeamRemovalAcceptsKeyAsUser(Security):
    """The removal of a team accepts the key as the user name of Basic authentication."""

    def allows(self, request: Request) -> bool:
        pair = basic_credentials(request)
        if request.operation == "removeTeamFromBusinessUnit" and pair is not None:
            return self.accepts(request, pair[0])
        return super().allows(request)


@fault("basic-scheme-accepted", "must", Security.allows, proves=("AUTH-03",))
def basic_scheme_accepted(self: Security, request: Request) -> bool:
    """The server ignores the scheme and also accepts the key after `Basic`."""
    return Security.allows(self, request) or self.same(token(request), self.credentials.api_key)


@fault("rare-basic-password-is-key", "must", origin="blind-4")
class BasicPasswordIsKey(Security):
    """The server accepts the key as the password of Basic authentication if the user name is not empty."""

    def allows(self, request: Request) -> bool:
        user, password = basic_credentials(request) or ("", "")
        return super().allows(request) or (bool(user) and self.accepts(request, password))
