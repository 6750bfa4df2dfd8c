"""Business units: list, create, read, rename, delete."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from mock_server.domain.model import BusinessUnit, current, next_stamp
from mock_server.domain.representations import detail_json, list_item_json
from mock_server.operations.call import Call, bounds, existing_unit, page_members
from mock_server.problems import Problem


def list_units(call: Call) -> dict[str, Any]:
    """Return one page of the business units, oldest first."""
    offset, limit = bounds(call.query)
    entries, total = call.tx.page(call.query.get("search", ""), offset, limit)
    return {"business_units": [list_item_json(*entry) for entry in entries], **page_members(call.query, total)}


def create(call: Call) -> dict[str, Any]:
    """Create a business unit without governance; 409 if the name is taken."""
    name = call.body["name"]
    _refuse_taken(call, name)
    unit_id = call.context.new_id()
    while (
        call.tx.unit(unit_id) is not None
    ):  # repeatable identifiers begin again at a reset, and a snapshot may have them
        unit_id = call.context.new_id()
    unit = BusinessUnit(id=unit_id, name=name, created_at=call.context.now, updated_at=call.context.now)
    call.tx.add_unit(unit)
    return {"id": unit.id, "name": unit.name}


def get(call: Call, unit_id: str) -> dict[str, Any]:
    """Return one business unit with its governance."""
    entry = call.tx.entry(unit_id)
    if entry is None:
        raise Problem(HTTPStatus.NOT_FOUND)
    return detail_json(current(entry.unit, call.context.now), entry.team_count)


def rename(call: Call, unit_id: str) -> dict[str, Any]:
    """Rename a unit; 409 if another unit has the name."""
    unit, name = existing_unit(call, unit_id), call.body["name"]
    if name != unit.name:
        _refuse_taken(call, name)
    call.tx.update_unit(replace(unit, name=name, updated_at=next_stamp(unit, call.context.now)))
    return {"id": unit.id, "name": name}


def delete(call: Call, unit_id: str) -> dict[str, Any]:
    """Delete the unit with its governance, and unassign its teams."""
    unit = existing_unit(call, unit_id)
    for team in call.tx.teams_of(unit.id):
        call.tx.put_team(replace(team, unit_id=None))
    call.tx.delete_unit(unit.id)
    return {"message": call.message}


def _refuse_taken(call: Call, name: str) -> None:
    if call.tx.is_taken(name):
        raise Problem(HTTPStatus.CONFLICT, f'A business unit named "{name}" already exists')
