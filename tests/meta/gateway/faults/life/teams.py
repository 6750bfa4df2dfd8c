"""Servers that assign, remove or count teams wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations
from ...pipeline import Pipeline


@fault("assignment-not-stored", "must", Operations.assign_team, proves=("LIFE-08",))
def assignment_not_stored(self: Operations, request: Request) -> Response:
    """The assignment of a team answers 200 and stores nothing."""
    before = self.team(self.bodies.team_id(self.bodies.document(request.body)))
    response = Operations.assign_team(self, request)
    self.store.save_team(before)
    return response


@fault("assignment-replaces-teams", "must", Operations.assign_team)
def assignment_replaces_teams(self: Operations, request: Request) -> Response:
    """The assignment of a team unassigns the other teams of the unit."""
    others = self.teams_of(self.unit(request, self.clock.now()))
    response = Operations.assign_team(self, request)
    for team in others:
        self.store.save_team(replace(team, unit_id=None))
    return response


@fault("field-assignment-clears-governance", "must", Operations.assign_team, origin="blind-2")
def assignment_clears_governance(self: Operations, request: Request) -> Response:
    """The assignment of a team removes the governance."""
    response = Operations.assign_team(self, request)
    unit = self.store.find(request.unit_id)
    if unit is not None:
        self.store.save(replace(unit, budget=None, rate_limit=None))
    return response


@fault("team-cannot-come-back", "must")
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


@fault("team-assigned-twice-listed-twice", "must")
class TeamAssignedTwiceListedTwice(Operations):
    """The list shows a team twice that is assigned to its unit again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.doubled: set[str] = set()

    def assign_team(self, request: Request) -> Response:
        team = self.store.find_team(self.bodies.team_id(self.document(request)))
        if team is not None and team.unit_id == request.unit_id:
            self.doubled.add(team.id)
        return super().assign_team(request)

    def list_teams(self, request: Request) -> Response:
        teams = self.teams_of(self.unit(request, self.clock.now()))
        twice = [team for team in teams for _ in range(2 if team.id in self.doubled else 1)]
        return self.page("teams", [self.views.team(team) for team in twice], request)


@fault("team-moved-silently", "must", Operations.check_assignable, proves=("LIFE-09",))
def team_moved_silently(self: Operations, team: Team, unit: Unit) -> None:
    """The assignment moves a team that belongs to another unit."""
    return


@fault("field-conflict-moves-team", "must", Operations.check_assignable, origin="blind-2")
def conflict_moves_team(self: Operations, team: Team, unit: Unit) -> None:
    """The assignment of a team that belongs to another unit answers 409 and moves the team."""
    self.store.save_team(replace(team, unit_id=unit.id))
    Operations.check_assignable(self, team, unit)


@fault("unknown-team-assigned", "must", Operations.team, proves=("LIFE-10",))
def unknown_team_assigned(self: Operations, team_id: str) -> Team:
    """The assignment of an unknown team creates it."""
    return self.store.find_team(team_id) or Team(team_id, team_id)


@fault("field-team-of-unknown-unit", "must", Operations.assign_team, origin="blind-2")
def team_of_unknown_unit(self: Operations, request: Request) -> Response:
    """The assignment of a team to an unknown unit answers 200."""
    team_id = self.bodies.team_id(self.document(request))
    if self.store.find(request.unit_id) is None:
        self.store.save_team(replace(self.team(team_id), unit_id=request.unit_id))
        return Response(200, self.views.message("Team assigned to business unit successfully"))
    return Operations.assign_team(self, request)


@fault("removal-of-team-not-stored", "must", Operations.remove_team)
def removal_of_team_not_stored(self: Operations, request: Request) -> Response:
    """The removal of a team answers 200 and stores nothing."""
    before = self.team(request.parameters["team_id"])
    response = Operations.remove_team(self, request)
    self.store.save_team(before)
    return response


@fault("removal-of-team-removes-all", "must", Operations.remove_team, proves=("LIFE-21",))
def removal_of_team_removes_all(self: Operations, request: Request) -> Response:
    """The removal of a team removes all teams of the unit."""
    response = Operations.remove_team(self, request)
    self.unassign_teams(self.unit(request, self.clock.now()))
    return response


@fault("team-of-another-unit-removed", "must", Operations.check_member)
def team_of_another_unit_removed(self: Operations, team: Team, unit: Unit) -> None:
    """The server removes a team through a unit that it does not belong to."""
    return


@fault("team-count-stuck", "must", Operations.team_count)
def team_count_stuck(self: Operations, unit: Unit) -> int:
    """team_count is always 0."""
    return 0


@fault("field-removed-team-counts-on", "must", origin="blind-2")
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


@fault("hidden-refused-deletion-of-team-list-unassigns", "must", origin="blind-8")
class RefusedDeletionOfTeamListUnassigns(Pipeline):
    """A DELETE of the team list of a unit answers 405 but unassigns its teams."""

    def serve(self, request: Request) -> Response:
        try:
            return super().serve(request)
        except Refusal as refusal:
            if refusal.status == 405 and request.method == "DELETE" and request.path.endswith("/teams"):
                self.decode(request)
                operations = self.operations
                with operations.store.transaction():
                    unit = operations.store.find(request.unit_id)
                    if unit is not None:
                        operations.unassign_teams(unit)
            raise


@fault("scarce-removal-of-free-team-takes-last", "must", Operations.check_member, origin="blind-9")
def removal_of_free_team_takes_last(self: Operations, team: Team, unit: Unit) -> None:
    """The removal of a team that is in no unit answers 404 but unassigns the last team of the unit in the path."""
    if team.unit_id is None:
        for last in self.teams_of(unit)[-1:]:
            self.store.save_team(replace(last, unit_id=None))
    Operations.check_member(self, team, unit)
