"""Servers that check no credential, or refuse the key, for one operation."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


class _Open(Security):
    """Checks no credential for one operation."""

    operation = ""

    def allows(self, request: Request) -> bool:
        return request.operation == self.operation or super().allows(request)


@fault("open-list-business-units", "AUTH", "must")
class OpenListBusinessUnits(_Open):
    """listBusinessUnits needs no credential."""

    operation = "listBusinessUnits"


@fault("open-create-business-unit", "AUTH", "must")
class OpenCreateBusinessUnit(_Open):
    """createBusinessUnit needs no credential."""

    operation = "createBusinessUnit"


@fault("open-get-business-unit", "AUTH", "must")
class OpenGetBusinessUnit(_Open):
    """getBusinessUnit needs no credential."""

    operation = "getBusinessUnit"


@fault("open-delete-business-unit", "AUTH", "must")
class OpenDeleteBusinessUnit(_Open):
    """deleteBusinessUnit needs no credential."""

    operation = "deleteBusinessUnit"


@fault("open-remove-team-from-business-unit", "AUTH", "must")
class OpenRemoveTeamFromBusinessUnit(_Open):
    """removeTeamFromBusinessUnit needs no credential."""

    operation = "removeTeamFromBusinessUnit"


@fault("open-create-business-unit-governance", "AUTH", "must")
class OpenCreateBusinessUnitGovernance(_Open):
    """createBusinessUnitGovernance needs no credential."""

    operation = "createBusinessUnitGovernance"


@fault("open-update-business-unit-governance", "AUTH", "must")
class OpenUpdateBusinessUnitGovernance(_Open):
    """updateBusinessUnitGovernance needs no credential."""

    operation = "updateBusinessUnitGovernance"


@fault("open-delete-business-unit-governance", "AUTH", "must")
class OpenDeleteBusinessUnitGovernance(_Open):
    """deleteBusinessUnitGovernance needs no credential."""

    operation = "deleteBusinessUnitGovernance"


@fault("key-refused-to-delete-governance", "AUTH", "must", proves=("AUTH-19",))
class KeyRefusedToDeleteGovernance(Security):
    """deleteBusinessUnitGovernance refuses the management key."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) and request.operation != "deleteBusinessUnitGovernance"
