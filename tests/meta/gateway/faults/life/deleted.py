"""Servers that delete units wrongly."""

from __future__ import annotations

from dataclasses import replace

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Store, Unit
from ...operations import Operations
from .common import Deleted


@fault("deletion-does-nothing", "LIFE", "must")
class DeletionDoesNothing(Operations):
    """The deletion of a unit answers 200 and keeps the unit."""

    def delete_unit(self, request: Request) -> Response:
        self.unit(request, self.clock.now())
        return Response(200, self.views.message("Business unit deleted successfully"))


@fault("deletion-takes-another", "LIFE", "must", proves=("LIFE-12",))
class DeletionTakesAnother(Operations):
    """The deletion of a unit deletes the newest other unit as well."""

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        if newest := self.store.units()[4:]:
            self.store.remove(newest[-1].id)
        return response


@fault("field-deletion-takes-newest", "LIFE", "must", origin="blind-2")
class DeletionTakesNewest(Store):
    """The deletion of a unit deletes the newest unit instead."""

    def remove(self, unit_id: str) -> None:
        super().remove(list(self._units)[-1])


@fault("deletion-refused-with-governance", "LIFE", "must")
class DeletionRefusedWithGovernance(Operations):
    """The server refuses to delete a unit with a budget."""

    def delete_unit(self, request: Request) -> Response:
        if self.unit(request, self.clock.now()).budget is not None:
            raise Refusal(400, "the unit has a budget")
        return super().delete_unit(request)


@fault("field-unit-in-use-not-deleted", "LIFE", "must", origin="blind-2")
class UnitInUseNotDeleted(Operations):
    """The deletion of a unit with governance answers 200 and keeps the unit."""

    def delete_unit(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        if unit is not None and (unit.budget is not None or unit.rate_limit is not None):
            return Response(200, self.views.message("Business unit deleted successfully"))
        return super().delete_unit(request)


@fault("deletion-refused-with-teams", "LIFE", "must")
class DeletionRefusedWithTeams(Operations):
    """The server refuses to delete a unit with teams."""

    def unassign_teams(self, unit: Unit) -> None:
        if self.teams_of(unit):
            raise Refusal(400, "the unit has teams")


@fault("field-unit-with-teams-not-deletable", "LIFE", "must", origin="blind-2")
class UnitWithTeamsNotDeletable(Operations):
    """The server answers 500 to the deletion of a unit with teams."""

    def delete_unit(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        if unit is not None and self.teams_of(unit):
            raise Refusal(500, "Failed to delete business unit")
        return super().delete_unit(request)


@fault("deletion-keeps-teams", "LIFE", "must", proves=("LIFE-11",))
class DeletionKeepsTeams(Operations):
    """The teams of a deleted unit stay assigned to it."""

    def unassign_teams(self, unit: Unit) -> None:
        return


@fault("field-deleted-unit-takes-teams", "LIFE", "must", origin="blind-2")
class DeletedUnitTakesTeams(Operations):
    """The deletion of a unit deletes its teams."""

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit):
            del self.store._teams[team.id]


@fault("field-one-team-unassigned", "LIFE", "must", origin="blind-2")
class OneTeamUnassigned(Operations):
    """The deletion of a unit leaves its last team assigned."""

    def unassign_teams(self, unit: Unit) -> None:
        for team in self.teams_of(unit)[:-1]:
            self.store.save_team(replace(team, unit_id=None))


@fault("deleted-unit-still-read", "LIFE", "must", proves=("LIFE-03",))
class DeletedUnitStillRead(Deleted):
    """A GET of a deleted unit answers 200."""

    def get_unit(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            return Response(200, self.views.detail(self.deleted[request.unit_id], 0))
        return super().get_unit(request)


@fault("deleted-unit-still-deleted", "LIFE", "must")
class DeletedUnitStillDeleted(Deleted):
    """The deletion of a deleted unit answers 200."""

    def delete_unit(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            return Response(200, self.views.message("Business unit deleted successfully"))
        return super().delete_unit(request)


@fault("deleted-unit-still-updated", "LIFE", "must")
class DeletedUnitStillUpdated(Deleted):
    """An update of a deleted unit answers 200 and restores it."""

    def update_governance(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            self.store.save(self.deleted.pop(request.unit_id))
        return super().update_governance(request)


@fault("deleted-unit-still-has-teams", "LIFE", "must")
class DeletedUnitStillHasTeams(Deleted):
    """The team list of a deleted unit answers 200."""

    def list_teams(self, request: Request) -> Response:
        return self.page("teams", [], request) if request.unit_id in self.deleted else super().list_teams(request)


@fault("deleted-unit-still-listed", "LIFE", "must")
class DeletedUnitStillListed(Deleted):
    """The list shows a deleted unit."""

    def list_units(self, request: Request) -> Response:
        units = [*self.store.units(), *self.deleted.values()]
        return self.page("business_units", [self.views.item(unit, self.team_count(unit)) for unit in units], request)


@fault("third-units-answer-to-their-names", "LIFE", "should", origin="blind-3")
class UnitsAnswerToTheirNames(Operations):
    """The server finds a unit by its name in the path."""

    def unit(self, request: Request, now: int) -> Unit:
        named = next((unit for unit in self.store.units() if unit.name == request.unit_id), None)
        if self.store.find(request.unit_id) is None and named is not None:
            request.parameters["id"] = named.id
        return super().unit(request, now)
