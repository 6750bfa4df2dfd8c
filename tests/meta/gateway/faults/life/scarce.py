"""Servers that remember the teams of deleted units, or that unassign the wrong team."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations


@fault("scarce-conflict-survives-deletion", "must", origin="blind-9")
class ConflictSurvivesDeletion(Operations):
    """A team whose assignment was refused with 409 is refused by that unit even after its own unit was deleted."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.conflicts: set[tuple[str, str]] = set()

    def check_assignable(self, team: Team, unit: Unit) -> None:
        if (team.id, unit.id) in self.conflicts:
            raise Refusal(409, "Team is already assigned to another business unit")
        try:
            super().check_assignable(team, unit)
        except Refusal:
            self.conflicts.add((team.id, unit.id))
            raise

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        team_id = request.parameters["team_id"]
        self.conflicts = {conflict for conflict in self.conflicts if conflict[0] != team_id}
        return response


@fault("scarce-namesake-takes-teams", "must", origin="blind-9")
class NamesakeTakesTeams(Operations):
    """A new unit with the name of a deleted one has the teams of that unit that are in no other unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.members: dict[str, list[Team]] = {}

    def unassign_teams(self, unit: Unit) -> None:
        self.members[unit.name] = self.teams_of(unit)
        super().unassign_teams(unit)

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        for member in self.members.pop(response.payload["name"], []):
            team = self.team(member.id)
            if team.unit_id is None:
                self.store.save_team(replace(team, unit_id=response.payload["id"]))
        return response


@fault("scarce-removal-of-free-team-takes-last", "must", Operations.check_member, origin="blind-9")
def removal_of_free_team_takes_last(self: Operations, team: Team, unit: Unit) -> None:
    """The removal of a team that is in no unit answers 404 but unassigns the last team of the unit in the path."""
    if team.unit_id is None:
        for last in self.teams_of(unit)[-1:]:
            self.store.save_team(replace(last, unit_id=None))
    Operations.check_member(self, team, unit)
