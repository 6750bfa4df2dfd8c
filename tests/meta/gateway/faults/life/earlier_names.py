"""Servers that free, keep or restore earlier names of a unit wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations

_TAKEN = "A business unit with this name already exists"


class GivenNames(Operations):
    """Remembers how often each unit was renamed, and the name that it was created with."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.renames: dict[str, int] = {}
        self.first_names: dict[str, str] = {}

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.first_names[response.payload["id"]] = response.payload["name"]
        return response

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.renames[request.unit_id] = self.renames.get(request.unit_id, 0) + 1
        return response


@fault("renamed-name-accepted-again", "must", proves=("LIFE-02",))
class RenamedNameAcceptedAgain(GivenNames):
    """A unit that was renamed to its own name does not keep others from taking the name."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.unguarded: set[str] = set()

    def rename_unit(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().rename_unit(request)
        if before is not None and before.name == response.payload["name"]:
            self.unguarded.add(before.name)
        return response

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if own_id is not None or name not in self.unguarded:
            super().check_name_is_free(name, own_id)


@fault("former-name-stays-taken", "should", proves=("LIFE-06",))
class FormerNameStaysTaken(GivenNames):
    """No unit can have the name that a renamed unit was created with."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if any(name == first and unit_id != own_id for unit_id, first in self.first_names.items()):
            raise Refusal(409, _TAKEN)

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        self.first_names.pop(request.unit_id, None)
        return response


@fault("rename-to-a-renamed-name-accepted", "must", proves=("LIFE-07",))
class RenameToARenamedNameAccepted(GivenNames):
    """A rename to a name that another unit got by a rename is accepted."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        holders = [unit.id for unit in self.store.units() if unit.name == name]
        if own_id is None or not holders or holders[0] not in self.renames:
            super().check_name_is_free(name, own_id)


@fault("name-of-deleted-renamed-unit-stays-taken", "should", proves=("LIFE-16",))
class NameOfDeletedRenamedUnitStaysTaken(GivenNames):
    """The name that a unit got by a rename stays taken after the deletion of the unit."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.taken: set[str] = set()

    def delete_unit(self, request: Request) -> Response:
        unit = self.store.find(request.unit_id)
        response = super().delete_unit(request)
        if unit is not None and unit.name != self.first_names.get(unit.id, unit.name):
            self.taken.add(unit.name)
        return response

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if name in self.taken:
            raise Refusal(409, _TAKEN)


@fault("second-new-name-not-in-use", "should", proves=("LIFE-17",))
class SecondNewNameNotInUse(GivenNames):
    """A unit can be created with the name of a unit that was renamed twice."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        holders = [unit.id for unit in self.store.units() if unit.name == name]
        if own_id is not None or not holders or self.renames.get(holders[0], 0) < 2:
            super().check_name_is_free(name, own_id)


@fault("own-new-name-refused", "should", proves=("LIFE-18",))
class OwnNewNameRefused(GivenNames):
    """A renamed unit cannot be renamed to its own name."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        unit = self.store.find(own_id) if own_id is not None else None
        if unit is not None and unit.name == name != self.first_names.get(unit.id, name):
            raise Refusal(409, _TAKEN)
        super().check_name_is_free(name, own_id)


@fault("rare-name-between-renames-stays-taken", "should", origin="blind-4")
class NameBetweenRenamesStaysTaken(Operations):
    """After a unit was renamed twice, no other unit can have the name between the two renames."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.renamed: set[str] = set()
        self.index: dict[str, str] = {}

    def rename_unit(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().rename_unit(request)
        if before is not None:
            if before.id in self.renamed and before.name != response.payload["name"]:
                self.index[before.name] = before.id
            self.renamed.add(before.id)
        return response

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if self.index.get(name, own_id) != own_id:
            raise Refusal(409, "A business unit with this name already exists")


@fault("rare-update-restores-old-name", "must", origin="blind-4")
class UpdateRestoresOldName(Operations):
    """An update of governance gives a unit back the name that it had at its first update."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cached: dict[str, str] = {}

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        unit = self.store.find(request.unit_id)
        if unit is None or self.cached.setdefault(unit.id, unit.name) == unit.name:
            return response
        unit = replace(unit, name=self.cached[unit.id])
        self.store.save(unit)
        return Response(200, self.views.governed("Business unit governance updated successfully", unit))


@fault("rare-refused-rename-frees-own-name", "must", origin="blind-4")
class RefusedRenameFreesOwnName(Operations):
    """After a rename was refused with 409, another unit can be created under the name that the unit still has."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.freed: set[str] = set()

    def rename_unit(self, request: Request) -> Response:
        try:
            return super().rename_unit(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 409 and unit is not None:
                self.freed.add(unit.name)
            raise

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if own_id is not None or name not in self.freed:
            super().check_name_is_free(name, own_id)


@fault("seldom-deletion-frees-first-name", "must", origin="blind-11")
class DeletionFreesFirstName(Operations):
    """The deletion of a renamed unit frees its first name even if another unit has that name by then."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.first_names: dict[str, str] = {}
        self.freed: set[str] = set()

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        if name not in self.freed:
            super().check_name_is_free(name, own_id)

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        name = response.payload["name"]
        self.first_names[response.payload["id"]] = name
        self.freed.discard(name)
        return response

    def rename_unit(self, request: Request) -> Response:
        response = super().rename_unit(request)
        self.freed.discard(response.payload["name"])
        return response

    def delete_unit(self, request: Request) -> Response:
        response = super().delete_unit(request)
        first_name = self.first_names.pop(request.unit_id, None)
        if first_name is not None:
            self.freed.add(first_name)
        return response
