"""Use the client that openapi-python-client generates.

Usage: ``python client.py URL KEY``. It creates, changes and deletes a business unit, and prints what it read as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import TypeVar

from governance_client import AuthenticatedClient, models
from governance_client.api.business_units import (
    create_business_unit,
    delete_business_unit,
    get_business_unit,
    list_business_units,
)
from governance_client.api.governance import create_business_unit_governance, update_business_unit_governance
from governance_client.types import Unset

_NAME = "Created by a generated client in Python"
Answer = TypeVar("Answer")


def expect(kind: type[Answer], answer: object) -> Answer:
    """Return the response if it has the expected type. Otherwise end the program."""
    if not isinstance(answer, kind):
        raise SystemExit(f"expected {kind.__name__}, got {answer!r}")
    return answer


def limits(budget: models.Budget | Unset, rate_limit: models.RateLimit | Unset) -> list[object]:
    """Return the limit in dollars and the limit on tokens, None for a component that is absent."""
    tokens = None if isinstance(rate_limit, Unset) else rate_limit.token_max_limit
    return [None if isinstance(budget, Unset) else budget.max_limit, tokens]


def walk(client: AuthenticatedClient) -> dict[str, object]:
    """Create a unit and its governance, change one component and remove the other, read, and delete."""
    unit = expect(
        models.BusinessUnitMutationResponse,
        create_business_unit.sync(client=client, body=models.CreateBusinessUnitRequest(name=_NAME)),
    )
    page = expect(models.ListBusinessUnitsResponse, list_business_units.sync(client=client, search=_NAME))
    first = models.CreateBusinessUnitGovernanceRequest(
        budget=models.CreateBudgetRequest(max_limit=100, reset_duration="1d"),
        rate_limit=models.CreateRateLimitRequest(token_max_limit=5000, token_reset_duration="1h"),  # noqa: S106  no secret
    )
    created = expect(
        models.BusinessUnitGovernanceResponse, create_business_unit_governance.sync(unit.id, client=client, body=first)
    ).business_unit
    change = models.UpdateBusinessUnitGovernanceRequest(
        budget=models.UpdateBudgetRequest(max_limit=250), rate_limit=models.UpdateRateLimitRequest()
    )
    updated = expect(
        models.BusinessUnitGovernanceResponse, update_business_unit_governance.sync(unit.id, client=client, body=change)
    ).business_unit
    read = expect(models.BusinessUnitDetailResponse, get_business_unit.sync(unit.id, client=client))
    expect(models.MessageResponse, delete_business_unit.sync(unit.id, client=client))
    gone = expect(models.ManagementErrorResponse, get_business_unit.sync(unit.id, client=client))
    return {
        "listed": [listed.id == unit.id for listed in page.business_units],
        "created": limits(created.budget, created.rate_limit),
        "updated": limits(updated.budget, updated.rate_limit),
        "read": limits(read.budget, read.rate_limit),
        "gone": gone.status_code,
    }


if __name__ == "__main__":
    with AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2]) as opened:
        json.dump(walk(opened), sys.stdout)
