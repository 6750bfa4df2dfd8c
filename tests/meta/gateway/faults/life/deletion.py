"""Servers that delete units wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...after_rename import AfterRename
from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import DEMO_UNITS, Unit
from ...operations import Operations


@fault("quiet-deletion-takes-heir-of-name", "must", origin="blind-10")
class DeletionTakesHeirOfName(Operations):
    """The deletion of a renamed unit also deletes the unit that has its first name now."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.first: dict[str, str] = {}

    def rename_unit(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().rename_unit(request)
        if before is not None:
            self.first.setdefault(before.id, before.name)
        return response

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        name = self.first.pop(request.unit_id, None)
        for heir in [unit for unit in self.store.units() if unit.name == name]:
            self.unassign_teams(heir)
            self.store.remove(heir.id)
        return response


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


@fault("deletion-does-nothing", "must", Operations.delete_unit, proves=("LIFE-22",))
def deletion_does_nothing(self: Operations, request: Request) -> Response:
    """The deletion of a unit answers 200 and keeps the unit."""
    self.unit(request, self.clock.now())
    return Response(200, self.views.message("Business unit deleted successfully"))


@fault("deletion-takes-another", "must", Operations.delete_unit, proves=("LIFE-12",))
def deletion_takes_another(self: Operations, request: Request) -> Response:
    """The deletion of a unit deletes the newest other unit as well."""
    response = Operations.delete_unit(self, request)
    if created := self.store.units()[DEMO_UNITS:]:
        self.store.remove(created[-1].id)
    return response


@fault("deletion-refused-with-governance", "must", Operations.delete_unit)
def deletion_refused_with_governance(self: Operations, request: Request) -> Response:
    """The server refuses to delete a unit with a budget."""
    if self.unit(request, self.clock.now()).budget is not None:
        raise Refusal(400, "the unit has a budget")
    return Operations.delete_unit(self, request)


@fault("deletion-refused-with-teams", "must", Operations.unassign_teams)
def deletion_refused_with_teams(self: Operations, unit: Unit) -> None:
    """The server refuses to delete a unit with teams."""
    if self.teams_of(unit):
        raise Refusal(400, "the unit has teams")


@fault("field-unit-with-teams-not-deletable", "must", Operations.delete_unit, origin="blind-2")
def unit_with_teams_not_deletable(self: Operations, request: Request) -> Response:
    """The server answers 500 to the deletion of a unit with teams."""
    unit = self.store.find(request.unit_id)
    if unit is not None and self.teams_of(unit):
        raise Refusal(500, "Failed to delete business unit")
    return Operations.delete_unit(self, request)


@fault("deletion-keeps-teams", "must", Operations.unassign_teams, proves=("LIFE-11",))
def deletion_keeps_teams(self: Operations, unit: Unit) -> None:
    """The teams of a deleted unit stay assigned to it."""
    return


@fault("field-deleted-unit-takes-teams", "must", Operations.unassign_teams, origin="blind-2")
def deleted_unit_takes_teams(self: Operations, unit: Unit) -> None:
    """The deletion of a unit deletes its teams."""
    for team in self.teams_of(unit):
        del self.store._teams[team.id]


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


@fault("subtle-deletion-returns-team", "must", origin="blind-12")
class DeletionReturnsTeam(Operations):
    """The deletion of a unit gives its team back to the unit from which the team was removed before."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._earlier: dict[str, str] = {}

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self._earlier[request.parameters["team_id"]] = request.unit_id
        return response

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit):
            earlier = self.store.find(self._earlier.get(team.id, ""))
            owner = earlier.id if earlier is not None and earlier.id != unit.id else None
            self.store.save_team(replace(team, unit_id=owner))
