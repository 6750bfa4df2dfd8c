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


@fault("open-list-business-units", "must")
class OpenListBusinessUnits(_Open):
    """listBusinessUnits needs no credential."""

    operation = "listBusinessUnits"


@fault("open-create-business-unit", "must")
class OpenCreateBusinessUnit(_Open):
    """createBusinessUnit needs no credential."""

    operation = "createBusinessUnit"


@fault("open-get-business-unit", "must")
class OpenGetBusinessUnit(_Open):
    """getBusinessUnit needs no credential."""

    operation = "getBusinessUnit"


@fault("open-update-business-unit-governance", "must")
class OpenUpdateBusinessUnitGovernance(_Open):
    """updateBusinessUnitGovernance needs no credential."""

    operation = "updateBusinessUnitGovernance"


@fault("key-refused-to-delete-governance", "must", Security.allows, proves=("AUTH-19",))
def key_refused_to_delete_governance(self: Security, request: Request) -> bool:
    """deleteBusinessUnitGovernance refuses the management key."""
    return Security.allows(self, request) and request.operation != "deleteBusinessUnitGovernance"
