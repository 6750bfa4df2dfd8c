"""Mistakes in the life of units and of their teams."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Store, Team, Unit
from ...operations import Operations


@fault("LIFE", "should")
class NamesakeTakesOldId(Operations):
    """Creating a unit with the name of a deleted one revives the old row with its identifier and its dates."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_unit(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        response = super().delete_unit(request)
        if unit is not None:
            self.deleted[unit.name] = unit
        return response

    def create_unit(self, request: Request) -> Response:
        name = self.bodies.name(self.document(request))
        self.check_name_is_free(name)
        if (old := self.deleted.pop(name, None)) is None:
            return super().create_unit(request)
        self.store.save(old)
        return Response(200, self.views.mutation(old))


@fault("LIFE", "must")
class OneTeamUnassigned(Operations):
    """Deleting a unit unassigns all its teams but the last, as the loop ends one early."""

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit)[:-1]:
            self.store.save_team(replace(team, unit_id=None))


@fault("LIFE", "must")
class DeletedUnitTakesTeams(Operations):
    """ON DELETE CASCADE in place of SET NULL: the teams of a deleted unit are deleted with it."""

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit):
            del self.store._teams[team.id]


@fault("LIFE", "must")
class UnitInUseNotDeleted(Operations):
    """A unit with governance is answered 200 and not deleted, as a foreign key holds it back."""

    def delete_unit(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        if unit is not None and (unit.budget is not None or unit.rate_limit is not None):
            return Response(200, self.views.message("Business unit deleted successfully"))
        return super().delete_unit(request)


@fault("LIFE", "must")
class UnitWithTeamsNotDeletable(Operations):
    """A unit with teams is refused with 500, as the foreign key of the team is still there."""

    def delete_unit(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        if unit is not None and self.teams_of(unit):
            raise Refusal(500, "Failed to delete business unit")
        return super().delete_unit(request)


@fault("LIFE", "must")
class ConflictMovesTeam(Operations):
    """The assignment is written before its conflict is found: 409, and the team has moved."""

    def check_assignable(self, team: Team, unit: Unit) -> None:
        self.store.save_team(replace(team, unit_id=unit.id))
        super().check_assignable(team, unit)


@fault("LIFE", "must")
class TeamOfUnknownUnit(Operations):
    """A team can be assigned to a unit that does not exist: nothing looks the unit up."""

    def assign_team(self, request: Request) -> Response:
        team_id = self.bodies.team_id(self.document(request))
        if self.store.find(request.unit_id) is None:
            self.store.save_team(replace(self.team(team_id), unit_id=request.unit_id))
            return Response(200, self.views.message("Team assigned to business unit successfully"))
        return super().assign_team(request)


@fault("LIFE", "must")
class AssignmentClearsGovernance(Operations):
    """Assigning a team saves the unit without its associations: its governance is gone."""

    def assign_team(self, request: Request) -> Response:
        response = super().assign_team(request)
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.store.save(replace(unit, budget=None, rate_limit=None))
        return response


@fault("LIFE", "must")
class RemovedTeamCountsOn(Operations):
    """team_count is a counter that assignments raise and removals do not lower."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.extra: dict[str, int] = {}

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.extra[request.unit_id] = self.extra.get(request.unit_id, 0) + 1
        return response

    def team_count(self, unit: Unit) -> int:
        return super().team_count(unit) + self.extra.get(unit.id, 0)


@fault("LIFE", "must")
class RenamedUnitNotUpdated(Operations):
    """Updates of governance are saved under the name that the unit was created with: lost after a rename."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.renamed: set[str] = set()

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.renamed.add(request.unit_id)
        return response

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        if before is not None and before.id in self.renamed:
            self.store.save(before)
        return response


@fault("LIFE", "should")
class UpdateRestoresName(Operations):
    """The update of governance saves a unit that was cached at its creation: a new name is undone."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.names: dict[str, str] = {}

    def update_governance(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.store.save(replace(unit, name=self.names.setdefault(unit.id, unit.name)))
        return super().update_governance(request)

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.names[response.payload["id"]] = response.payload["name"]
        return response


@fault("LIFE", "should")
class RenameNewCreationDate(Operations):
    """A rename writes created_at again."""

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.store.save(replace(unit, created_at=unit.updated_at))
        return response


@fault("LIFE", "must")
class DeletionTakesNewest(Store):
    """DELETE ... ORDER BY created_at DESC LIMIT 1 with the condition lost in a join: the newest unit goes instead."""

    def remove(self, unit_id: str) -> None:
        super().remove(list(self._units)[-1])


@fault("LIFE", "must")
class IdsReused(Operations):
    """Identifiers are the number of units and so are given again after a deletion: a new unit replaces another."""

    def create_unit(self, request: Request) -> Response:
        name = self.bodies.name(self.document(request))
        self.check_name_is_free(name)
        now = self.clock.now()
        unit = Unit(f"bu-{len(self.store.units()) + 1}", name, now, now)
        self.store.save(unit)
        return Response(200, self.views.mutation(unit))
