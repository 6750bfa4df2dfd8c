"""Creations that collide with numbers as names, or bring deleted governance back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...model import Unit
from ...operations import Operations

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


@fault("late-numbers-as-names-compared-by-value", "must", origin="blind-6")
class NumbersAsNamesComparedByValue(Operations):
    """The server answers 409 to a name that is a number equal to the name of another unit, such as 007 beside 7."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        super().check_name_is_free(name, own_id)
        if not _NUMBER.fullmatch(name):
            return
        for unit in self.store.units():
            if unit.id != own_id and _NUMBER.fullmatch(unit.name) and float(unit.name) == float(name):
                raise Refusal(409, "A business unit with this name already exists")


@fault("late-creation-revives-deleted-component", "must", origin="blind-6")
class CreationRevivesDeletedComponent(Operations):
    """The creation of one component of governance brings back the other one if it was deleted with both."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_governance(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_governance(request)
        if unit.budget is not None and unit.rate_limit is not None:
            self.deleted[unit.id] = unit
        return response

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        self.deleted.pop(request.unit_id, None)
        return response

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        deleted, created = self.deleted.pop(request.unit_id, None), self.store.find(request.unit_id)
        if deleted is None or created is None:
            return response
        revived = replace(
            created,
            budget=created.budget or deleted.budget,
            rate_limit=created.rate_limit or deleted.rate_limit,
        )
        self.store.save(revived)
        return Response(200, self.views.governed("Business unit governance created successfully", revived))
