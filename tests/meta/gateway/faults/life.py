"""Servers that create, rename, delete and assign wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..assembly import fault
from ..messages import Json, Refusal, Request, Response
from ..model import Store, Team, Unit
from ..operations import Operations
from ..views import Views

# names


@fault("LIFE", "must")
class DuplicateNameAccepted(Operations):
    """Two units may be created with one name."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if own_id is not None:
            super().check_name_is_free(name, own_id)


@fault("LIFE", "should")
class DuplicateNameAcceptedByRename(Operations):
    """A unit may be renamed to a name that is taken."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if own_id is None:
            super().check_name_is_free(name, own_id)


@fault("LIFE", "should")
class OwnNameRefusedByRename(Operations):
    """Renaming a unit to the name that it has is a conflict."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, None)


@fault("LIFE", "must")
class DuplicateNameReturnsOldUnit(Operations):
    """Creating a unit with a name that is taken answers 200 with the old unit."""

    def create_unit(self, request: Request) -> Response:
        name = self.bodies.name(self.document(request))
        for unit in self.store.units():
            if unit.name == name:
                return Response(200, self.views.mutation(unit))
        return super().create_unit(request)


@fault("LIFE", "should")
class NameStaysTaken(Operations):
    """The name of a deleted unit cannot be used again."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.taken: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        self.taken.add(self.unit(request, self.clock.now()).name)
        return super().delete_unit(request)

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if name in self.taken:
            raise Refusal(409, "A business unit with this name already exists")


@fault("LIFE", "must")
class NameShortened(Operations):
    """Names are cut to twenty characters."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        unit = self.store.find(response.payload["id"])
        if unit is not None:
            self.store.save(replace(unit, name=unit.name[:20]))
        return response


@fault("LIFE", "should")
class NameLowered(Store):
    """Names are stored in lower case."""

    def save(self, unit: Unit) -> None:
        super().save(replace(unit, name=unit.name.lower()))


# creation, renaming


@fault("LIFE", "must")
class CreatedUnitNotStored(Operations):
    """A created unit cannot be read."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.store.remove(response.payload["id"])
        return response


@fault("LIFE", "must")
class CreatedIdIsAnother(Views):
    """The answer to a creation has an identifier that does not exist."""

    def mutation(self, unit: Unit) -> Json:
        return {**super().mutation(unit), "id": f"{unit.id}0"}


@fault("LIFE", "should")
class CreatedNameMissing(Views):
    """The answer to a creation lacks the name."""

    def mutation(self, unit: Unit) -> Json:
        return {"id": unit.id}


@fault("LIFE", "must")
class CreatedUnitHasGovernance(Operations):
    """A new unit takes over the governance of the first unit that has some."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        new = self.store.find(response.payload["id"])
        for unit in self.store.units():
            if new is not None and unit.budget is not None:
                self.store.save(replace(new, budget=unit.budget))
                break
        return response


@fault("LIFE", "should")
class RenameNotStored(Operations):
    """A rename answers 200 and is not stored."""

    def rename_unit(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().rename_unit(request)
        if before is not None:
            self.store.save(before)
        return response


@fault("LIFE", "should")
class RenameRemovesGovernance(Operations):
    """A rename removes budget and rate limit."""

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.store.save(replace(unit, budget=None, rate_limit=None))
        return response


@fault("LIFE", "should")
class RenameUnassignsTeams(Operations):
    """A rename leaves the unit without its teams."""

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.unassign_teams(self.unit(request, self.clock.now()))
        return response


@fault("LIFE", "should")
class RenameKeepsUpdatedAt(Operations):
    """A rename does not advance updated_at."""

    def rename_unit(self, request: Request) -> Response:
        before = self.unit(request, self.clock.now())
        response = super().rename_unit(request)
        after = self.unit(request, self.clock.now())
        self.store.save(replace(after, updated_at=before.updated_at))
        return response


@fault("LIFE", "must")
class RenameOfUnknownCreates(Operations):
    """A rename of an unknown unit creates it."""

    def rename_unit(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            now = self.clock.now()
            self.store.save(Unit(request.unit_id, "", now, now))
        return super().rename_unit(request)


# deletion


@fault("LIFE", "must")
class DeletionDoesNothing(Operations):
    """A deleted unit is still there."""

    def delete_unit(self, request: Request) -> Response:
        self.unit(request, self.clock.now())
        return Response(200, self.views.message("Business unit deleted successfully"))


class _Deleted(Operations):
    """Remembers the units that were deleted."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_unit(request)
        self.deleted[unit.id] = unit
        return response


@fault("LIFE", "must")
class DeletedUnitStillRead(_Deleted):
    """A deleted unit can still be read."""

    def get_unit(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            return Response(200, self.views.detail(self.deleted[request.unit_id], 0))
        return super().get_unit(request)


@fault("LIFE", "must")
class DeletedUnitStillUpdated(_Deleted):
    """An update of a deleted unit is answered 200 and brings it back."""

    def update_governance(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            self.store.save(self.deleted.pop(request.unit_id))
        return super().update_governance(request)


@fault("LIFE", "must")
class DeletedUnitStillDeleted(_Deleted):
    """Deleting a deleted unit is answered 200."""

    def delete_unit(self, request: Request) -> Response:
        if request.unit_id in self.deleted:
            return Response(200, self.views.message("Business unit deleted successfully"))
        return super().delete_unit(request)


@fault("LIFE", "must")
class DeletedUnitStillListed(_Deleted):
    """A deleted unit is still listed."""

    def list_units(self, request: Request) -> Response:
        units = [*self.store.units(), *self.deleted.values()]
        return self.page("business_units", [self.views.item(unit, self.team_count(unit)) for unit in units], request)


@fault("LIFE", "must")
class DeletedUnitStillHasTeams(_Deleted):
    """The teams of a deleted unit can still be listed, as none."""

    def list_teams(self, request: Request) -> Response:
        return self.page("teams", [], request) if request.unit_id in self.deleted else super().list_teams(request)


@fault("LIFE", "must")
class NamesakeHasOldGovernance(_Deleted):
    """A unit with the name of a deleted one begins with the governance of that."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        new = self.store.find(response.payload["id"])
        for old in self.deleted.values():
            if new is not None and old.name == new.name:
                self.store.save(replace(new, budget=old.budget, rate_limit=old.rate_limit))
        return response


@fault("LIFE", "must")
class DeletionKeepsTeams(Operations):
    """Teams stay assigned to a unit that was deleted."""

    def unassign_teams(self, unit: Unit) -> None:
        return


@fault("LIFE", "must")
class DeletionRefusedWithTeams(Operations):
    """A unit with teams cannot be deleted."""

    def unassign_teams(self, unit: Unit) -> None:
        if self.teams_of(unit):
            raise Refusal(400, "the unit has teams")


@fault("LIFE", "must")
class DeletionRefusedWithGovernance(Operations):
    """A unit with governance cannot be deleted."""

    def delete_unit(self, request: Request) -> Response:
        if self.unit(request, self.clock.now()).budget is not None:
            raise Refusal(400, "the unit has a budget")
        return super().delete_unit(request)


@fault("LIFE", "must")
class DeletionTakesAnother(Operations):
    """Deleting a unit deletes the newest other unit as well."""

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        if newest := self.store.units()[4:]:
            self.store.remove(newest[-1].id)
        return response


@fault("LIFE", "should")
class IdsUsedAgain(_Deleted):
    """The identifier of a deleted unit is given to the next one."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        new = self.store.find(response.payload["id"])
        if new is None or not self.deleted:
            return response
        self.store.remove(new.id)
        again = replace(new, id=self.deleted.popitem()[0])
        self.store.save(again)
        return Response(200, self.views.mutation(again))


# deletion of governance


@fault("LIFE", "must")
class NoGovernanceDeleted(Operations):
    """Deleting governance where there is none is answered 200."""

    def check_governed(self, unit: Unit) -> None:
        return


@fault("LIFE", "must")
class GovernanceDeletionKeepsRateLimit(Operations):
    """Deleting governance removes the budget alone."""

    def delete_governance(self, request: Request) -> Response:
        rate_limit = self.unit(request, self.clock.now()).rate_limit
        response = super().delete_governance(request)
        self.store.save(replace(self.unit(request, self.clock.now()), rate_limit=rate_limit))
        return response


@fault("LIFE", "must")
class GovernanceDeletionKeepsBudget(Operations):
    """Deleting governance removes the rate limit alone."""

    def delete_governance(self, request: Request) -> Response:
        budget = self.unit(request, self.clock.now()).budget
        response = super().delete_governance(request)
        self.store.save(replace(self.unit(request, self.clock.now()), budget=budget))
        return response


@fault("LIFE", "must")
class GovernanceDeletionDeletesUnit(Operations):
    """Deleting governance deletes the unit."""

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        self.store.remove(request.unit_id)
        return response


@fault("LIFE", "must")
class GovernanceDeletionNeedsBudget(Operations):
    """Deleting governance is a 404 where there is a rate limit alone."""

    def check_governed(self, unit: Unit) -> None:
        super().check_governed(replace(unit, rate_limit=None))


# teams


@fault("LIFE", "must")
class TeamMovedSilently(Operations):
    """A team that belongs to another unit is moved."""

    def check_assignable(self, team: Team, unit: Unit) -> None:
        return


@fault("LIFE", "must")
class UnknownTeamAssigned(Operations):
    """An unknown team is created and assigned."""

    def team(self, team_id: str) -> Team:
        return self.store.find_team(team_id) or Team(team_id, team_id)


@fault("LIFE", "must")
class AssignmentNotStored(Operations):
    """An assignment answers 200 and is not stored."""

    def assign_team(self, request: Request) -> Response:
        before = self.team(self.bodies.team_id(self.bodies.document(request.body)))
        response = super().assign_team(request)
        self.store.save_team(before)
        return response


@fault("LIFE", "must")
class AssignmentReplacesTeams(Operations):
    """Assigning a team takes the others away."""

    def assign_team(self, request: Request) -> Response:
        others = self.teams_of(self.unit(request, self.clock.now()))
        response = super().assign_team(request)
        for team in others:
            self.store.save_team(replace(team, unit_id=None))
        return response


@fault("LIFE", "must")
class RemovalOfTeamNotStored(Operations):
    """Removing a team answers 200 and is not stored."""

    def remove_team(self, request: Request) -> Response:
        before = self.team(request.parameters["team_id"])
        response = super().remove_team(request)
        self.store.save_team(before)
        return response


@fault("LIFE", "must")
class RemovalOfTeamRemovesAll(Operations):
    """Removing a team takes all teams of the unit away."""

    def remove_team(self, request: Request) -> Response:
        response = super().remove_team(request)
        self.unassign_teams(self.unit(request, self.clock.now()))
        return response


@fault("LIFE", "must")
class TeamOfAnotherUnitRemoved(Operations):
    """A team can be removed through a unit that it does not belong to."""

    def check_member(self, team: Team, unit: Unit) -> None:
        return


@fault("LIFE", "must")
class TeamCannotComeBack(Operations):
    """A team that left a unit is not assigned to it again: the answer is 200."""

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


@fault("LIFE", "must")
class TeamCountStuck(Operations):
    """team_count does not count."""

    def team_count(self, unit: Unit) -> int:
        return 0
