"""Servers that rename units wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from ...assembly import fault
from ...messages import Request, Response
from ...model import Budget, RateLimit, Unit
from ...operations import Operations


@fault("rename-not-stored", "should", Operations.rename_unit)
def rename_not_stored(self: Operations, request: Request) -> Response:
    """A rename answers 200 and stores nothing."""
    before = self.store.find(request.unit_id)
    response = Operations.rename_unit(self, request)
    if before is not None:
        self.store.save(before)
    return response


@fault("rename-removes-governance", "should", Operations.rename_unit, proves=("LIFE-06",))
def rename_removes_governance(self: Operations, request: Request) -> Response:
    """A rename removes the governance."""
    response = Operations.rename_unit(self, request)
    unit = self.store.find(request.unit_id)
    if unit is not None:
        self.store.save(replace(unit, budget=None, rate_limit=None))
    return response


@fault("rename-unassigns-teams", "should", Operations.rename_unit, proves=("LIFE-19",))
def rename_unassigns_teams(self: Operations, request: Request) -> Response:
    """A rename unassigns the teams of the unit."""
    response = Operations.rename_unit(self, request)
    self.unassign_teams(self.unit(request, self.clock.now()))
    return response


@fault("rename-keeps-updated-at", "should", Operations.rename_unit, proves=("LIFE-20",))
def rename_keeps_updated_at(self: Operations, request: Request) -> Response:
    """A rename does not move updated_at."""
    before = self.unit(request, self.clock.now())
    response = Operations.rename_unit(self, request)
    after = self.unit(request, self.clock.now())
    self.store.save(replace(after, updated_at=before.updated_at))
    return response


@fault("rename-of-unknown-creates", "must", Operations.rename_unit)
def rename_of_unknown_creates(self: Operations, request: Request) -> Response:
    """A rename of an unknown unit creates it."""
    if self.store.find(request.unit_id) is None:
        now = self.clock.now()
        self.store.save(Unit(request.unit_id, "", now, now))
    return Operations.rename_unit(self, request)


@fault("field-rename-new-creation-date", "should", Operations.rename_unit, origin="blind-2")
def rename_new_creation_date(self: Operations, request: Request) -> Response:
    """A rename moves created_at."""
    response = Operations.rename_unit(self, request)
    unit = self.store.find(request.unit_id)
    if unit is not None:
        self.store.save(replace(unit, created_at=unit.updated_at))
    return response


@fault("field-update-restores-name", "should", origin="blind-2")
class UpdateRestoresName(Operations):
    """An update of governance restores the name that the unit was created with."""

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


@fault("field-renamed-unit-not-updated", "must", origin="blind-2")
class RenamedUnitNotUpdated(Operations):
    """An update of governance after a rename answers 200 and stores nothing."""

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
