"""Servers that assign, remove or count teams wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...model import Team, Unit
from ...operations import Operations


@fault("assignment-not-stored", "LIFE", "must", proves=("LIFE-08",))
class AssignmentNotStored(Operations):
    """The assignment of a team answers 200 and stores nothing."""

    def assign_team(self, request: Request) -> Response:
        before = self.team(self.bodies.team_id(self.bodies.document(request.body)))
        response = super().assign_team(request)
        self.store.save_team(before)
        return response


@fault("assignment-replaces-teams", "LIFE", "must")
class AssignmentReplacesTeams(Operations):
    """The assignment of a team unassigns the other teams of the unit."""

    def assign_team(self, request: Request) -> Response:
        others = self.teams_of(self.unit(request, self.clock.now()))
        response = super().assign_team(request)
        for team in others:
            self.store.save_team(replace(team, unit_id=None))
        return response


@fault("field-assignment-clears-governance", "LIFE", "must", origin="blind-2")
class AssignmentClearsGovernance(Operations):
    """The assignment of a team removes the governance."""

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.store.save(replace(unit, budget=None, rate_limit=None))
        return response


@fault("team-cannot-come-back", "LIFE", "must")
class TeamCannotComeBack(Operations):
    """The assignment of a team that has left the unit answers 200 and stores nothing."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.left: set[tuple[str, str]] = set()

    def assign_team(self, request: Request) -> Response:
        before = self.team(self.bodies.team_id(self.bodies.document(request.body)))
        response = super().assign_team(request)
        if (request.unit_id, before.id) in self.left:
            self.store.save_team(before)
        return response

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.left.add((request.unit_id, request.parameters["team_id"]))
        return response


@fault("team-assigned-twice-listed-twice", "LIFE", "must")
class TeamAssignedTwiceListedTwice(Operations):
    """The list shows a team twice that is assigned to its unit again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.doubled: set[str] = set()

    def assign_team(self, request: Request) -> Response:
        team = self.store.find_team(str(self.bodies.document(request.body).get("team_id")))
        if team is not None and team.unit_id == request.unit_id:
            self.doubled.add(team.id)
        return super().assign_team(request)

    def list_teams(self, request: Request) -> Response:
        teams = self.teams_of(self.unit(request, self.clock.now()))
        twice = [team for team in teams for _ in range(2 if team.id in self.doubled else 1)]
        return self.page("teams", [self.views.team(team) for team in twice], request)


@fault("team-moved-silently", "LIFE", "must", proves=("LIFE-09",))
class TeamMovedSilently(Operations):
    """The assignment moves a team that belongs to another unit."""

    def check_assignable(self, team: Team, unit: Unit) -> None:
        return


@fault("field-conflict-moves-team", "LIFE", "must", origin="blind-2")
class ConflictMovesTeam(Operations):
    """The assignment of a team that belongs to another unit answers 409 and moves the team."""

    def check_assignable(self, team: Team, unit: Unit) -> None:
        self.store.save_team(replace(team, unit_id=unit.id))
        super().check_assignable(team, unit)


@fault("unknown-team-assigned", "LIFE", "must", proves=("LIFE-10",))
class UnknownTeamAssigned(Operations):
    """The assignment of an unknown team creates it."""

    def team(self, team_id: str) -> Team:
        return self.store.find_team(team_id) or Team(team_id, team_id)


@fault("field-team-of-unknown-unit", "LIFE", "must", origin="blind-2")
class TeamOfUnknownUnit(Operations):
    """The assignment of a team to an unknown unit answers 200."""

    def assign_team(self, request: Request) -> Response:
        team_id = self.bodies.team_id(self.document(request))
        if self.store.find(request.unit_id) is None:
            self.store.save_team(replace(self.team(team_id), unit_id=request.unit_id))
            return Response(200, self.views.message("Team assigned to business unit successfully"))
        return super().assign_team(request)


@fault("removal-of-team-not-stored", "LIFE", "must")
class RemovalOfTeamNotStored(Operations):
    """The removal of a team answers 200 and stores nothing."""

    def remove_team(self, request: Request) -> Response:
        before = self.team(request.parameters["team_id"])
        response = super().remove_team(request)
        self.store.save_team(before)
        return response


@fault("removal-of-team-removes-all", "LIFE", "must", proves=("LIFE-21",))
class RemovalOfTeamRemovesAll(Operations):
    """The removal of a team removes all teams of the unit."""

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.unassign_teams(self.unit(request, self.clock.now()))
        return response


@fault("team-of-another-unit-removed", "LIFE", "must")
class TeamOfAnotherUnitRemoved(Operations):
    """The server removes a team through a unit that it does not belong to."""

    def check_member(self, team: Team, unit: Unit) -> None:
        return


@fault("team-count-stuck", "LIFE", "must")
class TeamCountStuck(Operations):
    """team_count is always 0."""

    def team_count(self, unit: Unit) -> int:
        return 0


@fault("field-removed-team-counts-on", "LIFE", "must", origin="blind-2")
class RemovedTeamCountsOn(Operations):
    """The removal of a team does not lower team_count."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.extra: dict[str, int] = {}

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.extra[request.unit_id] = self.extra.get(request.unit_id, 0) + 1
        return response

    def team_count(self, unit: Unit) -> int:
        return super().team_count(unit) + self.extra.get(unit.id, 0)
