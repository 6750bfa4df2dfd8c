"""Servers that create units wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Json, Request, Response
from ...model import Unit
from ...operations import Operations
from ...views import Views
from .common import Deleted


@fault("created-unit-not-stored", "LIFE", "must", proves=("LIFE-01",))
class CreatedUnitNotStored(Operations):
    """The creation of a unit answers 200 and stores nothing."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        self.store.remove(response.payload["id"])
        return response


@fault("created-id-is-another", "LIFE", "must")
class CreatedIdIsAnother(Views):
    """The response to the creation of a unit shows an id that does not exist."""

    def mutation(self, unit: Unit) -> Json:
        return {**super().mutation(unit), "id": f"{unit.id}0"}


@fault("created-name-missing", "LIFE", "should")
class CreatedNameMissing(Views):
    """The response to the creation of a unit has no name."""

    def mutation(self, unit: Unit) -> Json:
        return {"id": unit.id}


@fault("created-unit-has-governance", "LIFE", "must")
class CreatedUnitHasGovernance(Operations):
    """A new unit has the budget of another unit."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        new = self.store.find(response.payload["id"])
        for unit in self.store.units():
            if new is not None and unit.budget is not None:
                self.store.save(replace(new, budget=unit.budget))
                break
        return response


@fault("namesake-has-old-governance", "LIFE", "must")
class NamesakeHasOldGovernance(Deleted):
    """A new unit with the name of a deleted one has its governance."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        new = self.store.find(response.payload["id"])
        for old in self.deleted.values():
            if new is not None and old.name == new.name:
                self.store.save(replace(new, budget=old.budget, rate_limit=old.rate_limit))
        return response


@fault("ids-used-again", "LIFE", "should")
class IdsUsedAgain(Deleted):
    """A new unit has the id of a deleted one."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        new = self.store.find(response.payload["id"])
        if new is None or not self.deleted:
            return response
        self.store.remove(new.id)
        again = replace(new, id=self.deleted.popitem()[0])
        self.store.save(again)
        return Response(200, self.views.mutation(again))


@fault("field-ids-reused", "LIFE", "must", origin="blind-2")
class IdsReused(Operations):
    """The id of a new unit is the number of units, so it can be that of another unit."""

    def create_unit(self, request: Request) -> Response:
        name = self.bodies.name(self.document(request))
        self.check_name_is_free(name)
        now = self.clock.now()
        unit = Unit(f"bu-{len(self.store.units()) + 1}", name, now, now)
        self.store.save(unit)
        return Response(200, self.views.mutation(unit))


@fault("field-namesake-takes-old-id", "LIFE", "should", origin="blind-2")
class NamesakeTakesOldId(Operations):
    """A new unit with the name of a deleted one has its id and dates."""

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
