"""The teams of a business unit: list, assign, remove. Teams themselves are managed elsewhere."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from mock_server.domain.model import Team
from mock_server.domain.representations import team_json
from mock_server.operations.call import Call, existing_unit, page_members, page_of_teams
from mock_server.problems import Problem


def list_teams(call: Call, unit_id: str) -> dict[str, Any]:
    """Return one page of the unit's teams."""
    unit = existing_unit(call, unit_id)
    teams, total = page_of_teams(call.tx.teams_of(unit.id), call.query)
    return {"teams": [team_json(team) for team in teams], **page_members(call.query, total)}


def assign(call: Call, unit_id: str) -> dict[str, Any]:
    """Assign a team. A second assignment to the same unit succeeds; 409 if it belongs to another unit."""
    unit = existing_unit(call, unit_id)
    team = _existing_team(call.tx.team(call.body["team_id"]))
    if team.unit_id not in {None, unit.id}:
        raise Problem(HTTPStatus.CONFLICT)
    call.tx.put_team(replace(team, unit_id=unit.id))
    return {"message": call.message}


def remove(call: Call, unit_id: str, team_id: str) -> dict[str, Any]:
    """Remove a team from its unit; 404 if it belongs to another unit or to none."""
    unit = existing_unit(call, unit_id)
    team = call.tx.team(team_id)
    team = _existing_team(team if team is not None and team.unit_id == unit.id else None)
    call.tx.put_team(replace(team, unit_id=None))
    return {"message": call.message}


def _existing_team(team: Team | None) -> Team:
    if team is None:
        raise Problem(HTTPStatus.NOT_FOUND, example="team-not-found")
    return team
