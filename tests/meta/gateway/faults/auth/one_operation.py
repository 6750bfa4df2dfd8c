"""Servers that check no credential, or refuse the key, for one operation."""

from __future__ import annotations

from ...assembly import Fault, Level, fault
from ...messages import Request
from ...security import Security


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
