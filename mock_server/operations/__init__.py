"""The operations of the contract: one plain function for each operationId.

A function takes the call (query, body, transaction, instant) and the values of the path parameters in the order of the
path, and returns the body of the 200 answer. A refusal is a raised Problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_server.operations import governance, teams, units

Operation = Callable[..., dict[str, Any]]

OPERATIONS: Mapping[str, Operation] = {
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
