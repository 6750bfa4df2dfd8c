"""Servers that rename units wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...model import Unit
from ...operations import Operations


@fault("rename-not-stored", "LIFE", "should")
class RenameNotStored(Operations):
    """A rename answers 200 and stores nothing."""

    def rename_unit(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().rename_unit(request)
        if before is not None:
            self.store.save(before)
        return response


@fault("rename-removes-governance", "LIFE", "should", proves=("LIFE-06",))
class RenameRemovesGovernance(Operations):
    """A rename removes the governance."""

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.store.save(replace(unit, budget=None, rate_limit=None))
        return response


@fault("rename-unassigns-teams", "LIFE", "should", proves=("LIFE-19",))
class RenameUnassignsTeams(Operations):
    """A rename unassigns the teams of the unit."""

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.unassign_teams(self.unit(request, self.clock.now()))
        return response


@fault("rename-keeps-updated-at", "LIFE", "should", proves=("LIFE-20",))
class RenameKeepsUpdatedAt(Operations):
    """A rename does not move updated_at."""

    def rename_unit(self, request: Request) -> Response:
        before = self.unit(request, self.clock.now())
        response = super().rename_unit(request)
        after = self.unit(request, self.clock.now())
        self.store.save(replace(after, updated_at=before.updated_at))
        return response


@fault("rename-of-unknown-creates", "LIFE", "must")
class RenameOfUnknownCreates(Operations):
    """A rename of an unknown unit creates it."""

    def rename_unit(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            now = self.clock.now()
            self.store.save(Unit(request.unit_id, "", now, now))
        return super().rename_unit(request)


@fault("field-rename-new-creation-date", "LIFE", "should", origin="blind-2")
class RenameNewCreationDate(Operations):
    """A rename moves created_at."""

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        unit = self.store.find(request.unit_id)
        if unit is not None:
            self.store.save(replace(unit, created_at=unit.updated_at))
        return response


@fault("field-update-restores-name", "LIFE", "should", origin="blind-2")
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


@fault("field-renamed-unit-not-updated", "LIFE", "must", origin="blind-2")
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
