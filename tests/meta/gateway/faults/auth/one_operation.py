"""Servers that check credentials wrongly for one operation."""

from __future__ import annotations

import base64
import binascii
import contextlib

from ...assembly import Fault, Level, fault
from ...messages import Request
from ...security import Security
from .authorization import authorization


def _open(name: str, level: Level, operation: str) -> Fault:
    """Make a fault of a server that checks no credential for one operation."""

    def allows(self: Security, request: Request) -> bool:
        return request.operation == operation or Security.allows(self, request)

    return fault(name, level, Security.allows, description=f"{operation} needs no credential.")(allows)


OPEN = [
    _open("open-list-business-units", "must", "listBusinessUnits"),
    _open("open-create-business-unit", "must", "createBusinessUnit"),
    _open("open-get-business-unit", "must", "getBusinessUnit"),
    _open("open-update-business-unit-governance", "must", "updateBusinessUnitGovernance"),
]


@fault("key-refused-to-delete-governance", "must", Security.allows, proves=("AUTH-19",))
def key_refused_to_delete_governance(self: Security, request: Request) -> bool:
    """deleteBusinessUnitGovernance refuses the management key."""
    return Security.allows(self, request) and request.operation != "deleteBusinessUnitGovernance"


@fault("late-team-removal-accepts-key-as-user", "must", origin="blind-6")
class TeamRemovalAcceptsKeyAsUser(Security):
    """The removal of a team accepts the key as the user name of Basic authentication."""

    def allows(self, request: Request) -> bool:
        scheme, _, token = authorization(request).partition(" ")
        if request.operation == "removeTeamFromBusinessUnit" and scheme.lower() == "basic":
            with contextlib.suppress(binascii.Error, UnicodeError):
                return self.accepts(request, base64.b64decode(token.strip(), validate=True).decode().partition(":")[0])
        return super().allows(request)


@fault("hidden-rename-accepts-user-token", "must", origin="blind-8")
class RenameAcceptsUserToken(Security):
    """The rename of a unit accepts a user token as the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        if request.operation == "updateBusinessUnit" and self.same(token, self.credentials.user_token):
            return True
        return super().accepts(request, token)


@fault("scarce-team-list-accepts-dashboard-token", "must", origin="blind-9")
class TeamListAcceptsDashboardToken(Security):
    """The list of the teams of a unit accepts a dashboard token as the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        if request.operation == "listBusinessUnitTeams" and self.same(token, self.credentials.dashboard_token):
            return True
        return super().accepts(request, token)
