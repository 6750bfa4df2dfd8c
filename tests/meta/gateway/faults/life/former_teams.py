"""Servers that remember teams of a unit that are no longer there, or were not yet there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations


@fault("fresh-deletion-takes-former-teams", "must", origin="blind-5")
class DeletionTakesFormerTeams(Operations):
    """The deletion of a unit also unassigns teams that had left it and belong to another unit now."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.members: dict[str, set[str]] = {}

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        team_id = self.bodies.team_id(self.document(request))
        self.members.setdefault(request.unit_id, set()).add(team_id)
        return response

    def unassign_teams(self, unit: Unit) -> None:
        super().unassign_teams(unit)
        for team_id in self.members.pop(unit.id, set()):
            self.store.save_team(replace(self.team(team_id), unit_id=None))


@fault("fresh-refused-removal-remembered", "must", origin="blind-5")
class RefusedRemovalRemembered(Operations):
    """A team whose removal was answered 404 cannot be removed from the unit after it has been assigned to it."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.missing: set[tuple[str, str]] = set()

    def check_member(self, team: Team, unit: Unit) -> None:
        if (unit.id, team.id) in self.missing:
            raise Refusal(404, "Team not found")
        try:
            super().check_member(team, unit)
        except Refusal:
            self.missing.add((unit.id, team.id))
            raise


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
