"""The governance of a business unit: create, update, delete."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from mock_server.domain import model
from mock_server.domain.representations import unit_json
from mock_server.operations.call import Call, existing_unit
from mock_server.problems import Problem


def create(call: Call, unit_id: str) -> dict[str, Any]:
    """Create the first governance of a unit; 409 if it has any."""
    model.check_request(call.body)
    unit = existing_unit(call, unit_id)
    governed = model.created(unit, call.body, call.context)
    if unit.budget is not None or unit.rate_limit is not None:
        raise Problem(HTTPStatus.CONFLICT)
    call.tx.update_unit(governed)
    return {"message": call.message, "business_unit": unit_json(governed)}


def update(call: Call, unit_id: str) -> dict[str, Any]:
    """Set, change or remove components. Omitted components stay."""
    model.check_request(call.body)
    unit = existing_unit(call, unit_id)
    changed = model.updated(unit, call.body, call.context)
    if changed is not unit:
        call.tx.update_unit(changed)
    return {"message": call.message, "business_unit": unit_json(changed)}


def delete(call: Call, unit_id: str) -> dict[str, Any]:
    """Remove both components; 404 if the unit has neither."""
    unit = existing_unit(call, unit_id)
    if unit.budget is None and unit.rate_limit is None:
        raise Problem(HTTPStatus.NOT_FOUND, example="no-governance")
    call.tx.update_unit(model.without_governance(unit, call.context.now))
    return {"message": call.message}
