"""Servers on which a rename goes wrong in another place: in names, teams or governance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Budget, RateLimit, Team, Unit
from ...operations import Operations
from .earlier_names import AfterRename

Component = TypeVar("Component", Budget, RateLimit)


@fault("quiet-rename-restores-last-read", "must", origin="blind-10")
class RenameRestoresLastRead(Operations):
    """A rename puts the budget and the rate limit back to the values that the last GET of the unit showed."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.read: dict[str, Unit] = {}

    def get_unit(self, request: Request) -> Response:
        response = super().get_unit(request)
        self.read[request.unit_id] = self.unit(request, self.clock.now())
        return response

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        unit = self.unit(request, self.clock.now())
        read = self.read.get(unit.id, unit)
        budget, rate_limit = _earlier(unit.budget, read.budget), _earlier(unit.rate_limit, read.rate_limit)
        self.store.save(replace(unit, budget=budget, rate_limit=rate_limit))
        return response


def _earlier(stored: Component | None, read: Component | None) -> Component | None:
    """Return the state that was read, if it is of the component that is stored."""
    return read if stored is not None and read is not None and stored.id == read.id else stored


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


@fault("quiet-rename-of-case-lost", "must", origin="blind-10")
class RenameOfCaseLost(Operations):
    """A rename that changes only the case of letters answers with the new name and stores nothing."""

    def rename_unit(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().rename_unit(request)
        name = response.payload["name"]
        if before is not None and before.name != name and before.name.casefold() == name.casefold():
            self.store.save(before)
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
