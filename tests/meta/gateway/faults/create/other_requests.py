"""Servers whose creations depend on earlier or refused requests, or on unusual names."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Json, Refusal, Request, Response
from ...model import HalfChange, RateLimitChange, Unit
from ...operations import Operations
from ...pipeline import Pipeline


@fault("next-names-compared-as-slugs", "must", Operations.compared_form, origin="blind-7")
def names_compared_as_slugs(self: Operations, name: str) -> str:
    """The server compares names by their ASCII letters and digits only, so it answers 409 to a second name in kanji."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


@fault("next-creation-revives-other-component", "must", origin="blind-7")
class CreationRevivesOtherComponent(Operations):
    """A creation of one component after a deletion of governance brings back the other component of before."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_governance(self, request: Request) -> Response:
        before = self.unit(request, self.clock.now())
        response = super().delete_governance(request)
        self.deleted[before.id] = before
        return response

    def create_governance(self, request: Request) -> Response:
        response = super().create_governance(request)
        before, unit = self.deleted.pop(request.unit_id, None), self.store.find(request.unit_id)
        if before is None or unit is None:
            return response
        budget, rate_limit = unit.budget or before.budget, unit.rate_limit or before.rate_limit
        self.store.save(replace(unit, budget=budget, rate_limit=rate_limit))
        shown = self.unit(request, self.clock.now())
        return Response(200, self.views.governed("Business unit governance created successfully", shown))


@fault("next-creation-takes-pair-of-creation-before", "must", origin="blind-7")
class CreationTakesPairOfCreationBefore(Bodies):
    """A creation of a rate limit with one pair takes the other pair from the body of the creation before it."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.before = RateLimitChange()

    def rate_limit(self, raw: Json, purpose: str) -> RateLimitChange:
        change = super().rate_limit(raw, purpose)
        if purpose != "create":
            return change
        before, self.before = self.before, change
        if (change.token == HalfChange()) == (change.request == HalfChange()):
            return change
        return RateLimitChange(
            before.token if change.token == HalfChange() else change.token,
            before.request if change.request == HalfChange() else change.request,
        )


@fault("next-empty-update-blocks-creation", "must", origin="blind-7")
class EmptyUpdateBlocksCreation(Operations):
    """After an update that sets nothing, on a unit without governance, the creation of governance answers 409."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.rows: set[str] = set()

    def update_governance(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().update_governance(request)
        after = self.store.find(request.unit_id)
        if not any(unit and (unit.budget or unit.rate_limit) for unit in (before, after)):
            self.rows.add(request.unit_id)
        return response

    def check_ungoverned(self, unit: Unit) -> None:
        super().check_ungoverned(unit)
        if unit.id in self.rows:
            raise Refusal(409, "Business unit already has governance configured")

    def delete_governance(self, request: Request) -> Response:
        response = super().delete_governance(request)
        self.rows.discard(request.unit_id)
        return response


@fault("next-unauthorised-creation-reserves-name", "must", origin="blind-7")
class UnauthorisedCreationReservesName(Pipeline):
    """A creation of a unit that is refused with 401 reserves the name, so a later creation with it answers 409."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.reserved: set[str] = set()

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal:
            if (name := self.new_name(request)) is not None:
                self.reserved.add(name)
            raise
        if self.new_name(request) in self.reserved:
            raise Refusal(409, "A business unit with this name already exists")

    def new_name(self, request: Request) -> str | None:
        """Return the name that the request gives to a new unit, or None."""
        if request.operation == "createBusinessUnit":
            with contextlib.suppress(Refusal):
                return self.operations.bodies.name(self.operations.bodies.document(request.body))
        return None


@fault("next-invalid-creation-removes-rate-limit", "must", origin="blind-7")
class InvalidCreationRemovesRateLimit(Operations):
    """A creation with an invalid member, refused with 400, removes the rate limit of a unit that has one."""

    def create_governance(self, request: Request) -> Response:
        try:
            return super().create_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 400 and refusal.message != "Invalid JSON" and unit is not None:
                self.store.save(replace(unit, rate_limit=None))
            raise
