"""Servers that lose teams after deletions and refusals, or remember that a unit had no governance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations


@fault("late-team-of-deleted-unit-not-listed", "must", origin="blind-6")
class TeamOfDeletedUnitNotListed(Operations):
    """A team that was in a unit when it was deleted is not listed in the next unit that it is assigned to."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.freed: set[str] = set()

    def unassign_teams(self, unit: Unit) -> None:
        self.freed |= {team.id for team in self.teams_of(unit)}
        super().unassign_teams(unit)

    def list_teams(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        shown = [self.views.team(team) for team in self.teams_of(unit) if team.id not in self.freed]
        return self.page("teams", shown, request)

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.freed.discard(request.parameters["team_id"])
        return response


@fault("late-assignment-to-unknown-unit-detaches-team", "must", origin="blind-6")
class AssignmentToUnknownUnitDetachesTeam(Operations):
    """The assignment of a team to an unknown unit answers 404 but removes the team from the unit that it is in."""

    def assign_team(self, request: Request) -> Response:
        try:
            return super().assign_team(request)
        except Refusal as refusal:
            if refusal.status == 404 and self.store.find(request.unit_id) is None:
                team = self.store.find_team(self.bodies.team_id(self.document(request)))
                if team is not None:
                    self.store.save_team(replace(team, unit_id=None))
            raise


@fault("late-refused-deletion-of-governance-remembered", "must", origin="blind-6")
class RefusedDeletionOfGovernanceRemembered(Operations):
    """A unit whose deletion of governance was answered 404 keeps governance that an update sets later for good."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.ungoverned: set[str] = set()

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        self.ungoverned.discard(request.unit_id)
        return response

    def check_governed(self, unit: Unit) -> None:
        if unit.id in self.ungoverned:
            raise Refusal(404, "Business unit has no governance configured")
        try:
            super().check_governed(unit)
        except Refusal:
            self.ungoverned.add(unit.id)
            raise
