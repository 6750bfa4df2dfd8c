"""Servers that delete units wrongly."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import DEMO_UNITS, Unit
from ...operations import Operations
from .kept_units import Deleted


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


@fault("deleted-unit-still-read", "must", proves=("LIFE-03",))
class DeletedUnitStillRead(Deleted):
    """A GET of a deleted unit answers 200."""

    def get_unit(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            return Response(200, self.views.detail(self.deleted[request.unit_id], 0))
        return super().get_unit(request)


@fault("deleted-unit-still-deleted", "must")
class DeletedUnitStillDeleted(Deleted):
    """The deletion of a deleted unit answers 200."""

    def delete_unit(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            return Response(200, self.views.message("Business unit deleted successfully"))
        return super().delete_unit(request)


@fault("deleted-unit-still-updated", "must")
class DeletedUnitStillUpdated(Deleted):
    """An update of a deleted unit answers 200 and restores it."""

    def update_governance(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            self.store.save(self.deleted.pop(request.unit_id))
        return super().update_governance(request)


@fault("deleted-unit-still-listed", "must")
class DeletedUnitStillListed(Deleted):
    """The list shows a deleted unit."""

    def list_units(self, request: Request) -> Response:
        units = [*self.store.units(), *self.deleted.values()]
        return self.page("business_units", self.items(units), request)


@fault("third-units-answer-to-their-names", "should", Operations.unit, origin="blind-3")
def units_answer_to_their_names(self: Operations, request: Request, now: int) -> Unit:
    """The server finds a unit by its name in the path."""
    named = next((unit for unit in self.store.units() if unit.name == request.unit_id), None)
    if self.store.find(request.unit_id) is None and named is not None:
        request.parameters["id"] = named.id
    return Operations.unit(self, request, now)
