"""Servers that lose track of teams after earlier changes, or after refused ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations


@fault("rare-team-cannot-return", "must", origin="blind-4")
class TeamCannotReturn(Operations):
    """A team that left a unit for another one cannot be assigned to the first unit again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.history: dict[str, list[str]] = {}

    def check_assignable(self, team: Team, unit: Unit) -> None:
        super().check_assignable(team, unit)
        units = self.history.setdefault(team.id, [])
        if unit.id in units[:-1]:
            raise Refusal(409, "Team is already assigned to another business unit")
        if units[-1:] != [unit.id]:
            units.append(unit.id)


@fault("rare-team-assigned-twice-stays", "must", origin="blind-4")
class TeamAssignedTwiceStays(Operations):
    """A team that was assigned to its unit twice stays there when it is removed once."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.rows: dict[str, int] = {}

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        team_id = self.bodies.team_id(self.document(request))
        self.rows[team_id] = self.rows.get(team_id, 0) + 1
        return response

    def remove_team(self, request: Request) -> Response:
        team_id = request.parameters["team_id"]
        unit_id = request.unit_id
        response = super().remove_team(request)
        self.rows[team_id] = self.rows.get(team_id, 1) - 1
        if self.rows[team_id] > 0:
            self.store.save_team(replace(self.team(team_id), unit_id=unit_id))
        return response

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit):
            self.rows.pop(team.id, None)
        super().unassign_teams(unit)


@fault("rare-refused-assignment-detaches-team", "must", origin="blind-4")
class RefusedAssignmentDetachesTeam(Operations):
    """An assignment refused with 409 removes the team from its unit, if the unit in the path has no teams."""

    def check_assignable(self, team: Team, unit: Unit) -> None:
        try:
            super().check_assignable(team, unit)
        except Refusal:
            if not self.teams_of(unit):
                self.store.save_team(replace(team, unit_id=None))
            raise


@fault("rare-refused-removal-detaches-team", "must", origin="blind-4")
class RefusedRemovalDetachesTeam(Operations):
    """The removal of another unit's team answers 404 but unassigns the team, if the unit in the path has teams."""

    def check_member(self, team: Team, unit: Unit) -> None:
        try:
            super().check_member(team, unit)
        except Refusal:
            if self.teams_of(unit):
                self.store.save_team(replace(team, unit_id=None))
            raise


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


@fault("hidden-refused-assignment-carried-out-later", "must", origin="blind-8")
class RefusedAssignmentCarriedOutLater(Operations):
    """A team whose assignment was refused with 409 joins the refused unit when it is removed from its own."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.waiting: dict[str, str] = {}

    def check_assignable(self, team: Team, unit: Unit) -> None:
        try:
            super().check_assignable(team, unit)
        except Refusal:
            self.waiting[team.id] = unit.id
            raise

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        team = self.team(request.parameters["team_id"])
        unit_id = self.waiting.pop(team.id, "")
        if self.store.find(unit_id) is not None:
            self.store.save_team(replace(team, unit_id=unit_id))
        return response


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


@fault("quiet-team-in-conflict-with-renamed-unit", "must", origin="blind-10")
class TeamInConflictWithRenamedUnit(Operations):
    """The assignment of a team to the unit that it is in answers 409 if the unit was renamed in between."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.joined: dict[str, str] = {}

    def check_assignable(self, team: Team, unit: Unit) -> None:
        super().check_assignable(team, unit)
        if team.unit_id is None:
            self.joined[team.id] = unit.name
        elif self.joined.get(team.id, unit.name) != unit.name:
            raise Refusal(409, "Team is already assigned to another business unit")


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
