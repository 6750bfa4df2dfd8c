"""Servers that create units wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...kept_units import KeptUnits
from ...messages import Json, Request, Response
from ...model import RateLimit, Unit
from ...operations import Operations
from ...views import Views


@fault("created-unit-not-stored", "must", Operations.create_unit, proves=("LIFE-01",))
def created_unit_not_stored(self: Operations, request: Request) -> Response:
    """The creation of a unit answers 200 and stores nothing."""
    response = Operations.create_unit(self, request)
    self.store.remove(response.payload["id"])
    return response


@fault("created-name-missing", "should", Views.mutation)
def created_name_missing(self: Views, unit: Unit) -> Json:
    """The response to the creation of a unit has no name."""
    return {"id": unit.id}


@fault("created-unit-has-governance", "must", Operations.create_unit)
def created_unit_has_governance(self: Operations, request: Request) -> Response:
    """A new unit has the budget of another unit."""
    response = Operations.create_unit(self, request)
    new = self.store.find(response.payload["id"])
    for unit in self.store.units():
        if new is not None and unit.budget is not None:
            self.store.save(replace(new, budget=unit.budget))
            break
    return response


@fault("namesake-has-old-governance", "must")
class NamesakeHasOldGovernance(KeptUnits):
    """A new unit with the name of a deleted one has its governance."""

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        new = self.store.find(response.payload["id"])
        for old in self.deleted.values():
            if new is not None and old.name == new.name:
                self.store.save(replace(new, budget=old.budget, rate_limit=old.rate_limit))
        return response


@fault("ids-used-again", "should")
class IdsUsedAgain(KeptUnits):
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


@fault("field-ids-reused", "must", Operations.create_unit, origin="blind-2")
def ids_reused(self: Operations, request: Request) -> Response:
    """The id of a new unit is the number of units, so it can be that of another unit."""
    name = self.bodies.name(self.document(request))
    self.check_name_is_free(name)
    now = self.clock.now()
    unit = Unit(f"bu-{len(self.store.units()) + 1}", name, now, now)
    self.store.save(unit)
    return Response(200, self.views.mutation(unit))


@fault("rare-namesake-inherits-rate-limit", "must", origin="blind-4")
class NamesakeInheritsRateLimit(Operations):
    """A new unit takes the rate limit of a deleted unit of the same name, if this one had a budget as well."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.left: dict[str, RateLimit] = {}

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        if unit.budget is not None and unit.rate_limit is not None:
            self.left[unit.name] = unit.rate_limit
        return super().delete_unit(request)

    def create_unit(self, request: Request) -> Response:
        response = super().create_unit(request)
        unit = self.store.find(response.payload["id"])
        if unit is not None and unit.name in self.left:
            self.store.save(replace(unit, rate_limit=self.left[unit.name]))
        return response
