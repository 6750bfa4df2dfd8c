"""Servers on which something survives the deletion of a unit, or a team loses its unit by a refused request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("next-returned-team-survives-deletion", "must", origin="blind-7")
class ReturnedTeamSurvivesDeletion(Operations):
    """The deletion of a unit does not unassign a team that had left the unit and come back."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.departed: set[tuple[str, str]] = set()

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.departed.add((request.unit_id, request.parameters["team_id"]))
        return response

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit):
            if (unit.id, team.id) not in self.departed:
                self.store.save_team(replace(team, unit_id=None))


@fault("next-governance-of-deleted-unit-deleted", "must", origin="blind-7")
class GovernanceOfDeletedUnitDeleted(Operations):
    """The deletion of governance answers 200 once for a deleted unit that had governance."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.orphans: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_unit(request)
        if unit.budget is not None or unit.rate_limit is not None:
            self.orphans.add(unit.id)
        return response

    def delete_governance(self, request: Request) -> Response:
        if request.unit_id in self.orphans:
            self.orphans.discard(request.unit_id)
            return Response(200, self.views.message("Business unit governance deleted successfully"))
        return super().delete_governance(request)


@fault("next-removal-through-unknown-unit-unassigns", "must", origin="blind-7")
class RemovalThroughUnknownUnitUnassigns(Operations):
    """The removal of a team from an unknown unit answers 404 but unassigns the team from its own unit."""

    def remove_team(self, request: Request) -> Response:
        try:
            return super().remove_team(request)
        except Refusal:
            team = self.store.find_team(request.parameters["team_id"])
            if team is not None and self.store.find(request.unit_id) is None:
                self.store.save_team(replace(team, unit_id=None))
            raise
