"""The operations of the contract: one plain function for each operationId.

A function takes the call (query, body, transaction and what a change needs) and the values of the path parameters in
their order. It returns the body of the success, or raises Problem or GovernanceError to refuse the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_server.operations import governance, teams, units

OperationFunction = Callable[..., dict[str, Any]]

OPERATIONS: Mapping[str, OperationFunction] = {
    "listBusinessUnits": units.list_units,
    "createBusinessUnit": units.create,
    "getBusinessUnit": units.get,
    "updateBusinessUnit": units.rename,
    "deleteBusinessUnit": units.delete,
    "listBusinessUnitTeams": teams.list_teams,
    "assignTeamToBusinessUnit": teams.assign,
    "removeTeamFromBusinessUnit": teams.remove,
    "createBusinessUnitGovernance": governance.create,
    "updateBusinessUnitGovernance": governance.update,
    "deleteBusinessUnitGovernance": governance.delete,
}
READS = {"listBusinessUnits", "getBusinessUnit", "listBusinessUnitTeams"}
"""The operations that change nothing."""
