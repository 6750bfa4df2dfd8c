"""Servers on which something survives a rename, a deletion or a refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Team, Unit
from ...operations import Operations
from ...pipeline import Pipeline
from .earlier_names import AfterRename


@fault("hidden-deletion-keeps-teams-from-before-rename", "must", origin="blind-8")
class DeletionKeepsTeamsFromBeforeRename(AfterRename):
    """The deletion of a unit does not unassign teams that were assigned before the unit was renamed."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.under_old_name: set[tuple[str, str]] = set()

    def renamed(self, unit: Unit) -> None:
        self.under_old_name |= {(unit.id, team.id) for team in self.teams_of(unit)}

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        self.under_old_name.discard((request.unit_id, self.bodies.team_id(self.document(request))))
        return response

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit):
            if (unit.id, team.id) not in self.under_old_name:
                self.store.save_team(replace(team, unit_id=None))


@fault("hidden-rename-takes-governance-of-deleted-unit", "must", origin="blind-8")
class RenameTakesGovernanceOfDeletedUnit(Operations):
    """A unit without governance takes the governance of a deleted unit when it is renamed to the name of this unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_unit(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        response = super().delete_unit(request)
        if unit is not None:
            self.deleted[unit.name] = unit
        return response

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        unit = self.store.find(request.unit_id)
        if unit is not None and unit.budget is None and unit.rate_limit is None:
            former = self.deleted.pop(unit.name, unit)
            self.store.save(replace(unit, budget=former.budget, rate_limit=former.rate_limit))
        return response


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
