"""Servers that check credentials wrongly for one operation."""

from __future__ import annotations

from ...assembly import Fault, Level, fault
from ...messages import Request
from ...security import Security
from .request_parts import authorization


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


@fault("fresh-assignment-finds-key-anywhere", "must", origin="blind-5")
class AssignmentFindsKeyAnywhere(Security):
    """The assignment of a team accepts any Authorization header that contains the key, after any scheme or text."""

    def allows(self, request: Request) -> bool:
        contained = self.credentials.api_key in authorization(request)
        return super().allows(request) or (request.operation == "assignTeamToBusinessUnit" and contained)


@fault("next-creation-of-governance-accepts-x-api-key", "must", origin="blind-7")
class CreationOfGovernanceAcceptsXApiKey(Security):
    """The creation of governance accepts the key in x-api-key if the request has no Authorization header."""

    def allows(self, request: Request) -> bool:
        alone = request.operation == "createBusinessUnitGovernance" and "Authorization" not in request.headers
        given = request.headers.get("x-api-key", "")
        return super().allows(request) or (alone and self.same(given, self.credentials.api_key))
