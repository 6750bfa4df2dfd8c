"""Business units: list, create, read, rename, delete."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from mock_server.governance import BusinessUnit, next_stamp
from mock_server.operations.call import Call, existing_unit, page_of
from mock_server.problems import Problem
from mock_server.representations import detail_json, list_item_json


def list_units(call: Call) -> dict[str, Any]:
    """Return one page of the business units, oldest first."""
    team_counts = _team_counts(call)
    units, figures = page_of(call.tx.units(), call.query)
    return {"business_units": [list_item_json(unit, team_counts[unit.id]) for unit in units], **figures}


def create(call: Call) -> dict[str, Any]:
    """Create a business unit without governance; 409 if the name is taken."""
    name = call.body["name"]
    _refuse_taken(call.tx.unit_named(name))
    unit = BusinessUnit(call.change.new_id(), name, call.change.now, call.change.now)
    call.tx.put_unit(unit)
    return {"id": unit.id, "name": unit.name}


def get(call: Call, unit_id: str) -> dict[str, Any]:
    """Return one business unit with its governance."""
    unit = existing_unit(call, unit_id)
    return detail_json(unit, _team_counts(call)[unit.id])


def rename(call: Call, unit_id: str) -> dict[str, Any]:
    """Rename a unit; 409 if another unit has the name."""
    unit, name = existing_unit(call, unit_id), call.body["name"]
    if name != unit.name:
        _refuse_taken(call.tx.unit_named(name))
    call.tx.put_unit(replace(unit, name=name, updated_at=next_stamp(unit, call.change.now)))
    return {"id": unit.id, "name": name}


def delete(call: Call, unit_id: str) -> dict[str, Any]:
    """Delete the unit with its governance, and unassign its teams."""
    unit = existing_unit(call, unit_id)
    for team in call.tx.teams():
        if team.unit_id == unit.id:
            call.tx.put_team(replace(team, unit_id=None))
    call.tx.delete_unit(unit.id)
    return {"message": "Business unit deleted successfully"}


def _refuse_taken(holder: BusinessUnit | None) -> None:
    if holder is not None:
        raise Problem(HTTPStatus.CONFLICT, f'A business unit named "{holder.name}" already exists')


def _team_counts(call: Call) -> Counter[str | None]:
    return Counter(team.unit_id for team in call.tx.teams())
