"""Servers that carry out requests with a wrong credential."""

from __future__ import annotations

import contextlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request
from ...pipeline import Pipeline
from .request_parts import scheme_and_token, token


@fault("written-despite-refusal", "must", Pipeline.authorise, proves=("AUTH-13",))
def written_despite_refusal(self: Pipeline, request: Request) -> None:
    """The server answers 401 and carries out the refused request."""
    try:
        Pipeline.authorise(self, request)
    except Refusal:
        if request.operation is not None and request.method != "GET":
            self.decode(request)
            self.operations.run(request)
        raise


@fault("team-moved-despite-refusal", "must", Pipeline.authorise, proves=("AUTH-13",))
def team_moved_despite_refusal(self: Pipeline, request: Request) -> None:
    """The server answers 401 to a request about a team, and carries it out."""
    try:
        Pipeline.authorise(self, request)
    except Refusal:
        if request.operation in ("assignTeamToBusinessUnit", "removeTeamFromBusinessUnit"):
            with suppress(Refusal):
                self.decode(request)
                self.operations.run(request)
        raise


@fault("field-deleted-before-refused", "must", Pipeline.authorise, origin="blind-2")
def deleted_before_refused(self: Pipeline, request: Request) -> None:
    """The server carries out a DELETE before it checks the credential."""
    if request.method == "DELETE" and request.operation and not self.security.allows(request):
        self.decode(request)
        self.operations.run(request)
    Pipeline.authorise(self, request)


@fault("rare-virtual-key-removes-rate-limit", "must", origin="blind-4")
class VirtualKeyRemovesRateLimit(Pipeline):
    """An update with a virtual key is refused with 401, but an empty rate_limit in it removes the rate limit."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal:
            scheme, token = scheme_and_token(request)
            if scheme == "bearer" and self.security.same(token, self.security.credentials.virtual_key):
                self.remove_rate_limit(request)
            raise

    def remove_rate_limit(self, request: Request) -> None:
        """Carry out the removal of the rate limit, if the request asks for it."""
        operations = self.operations
        if request.operation != "updateBusinessUnitGovernance":
            return
        with contextlib.suppress(Refusal), operations.store.transaction():
            change = operations.bodies.update(operations.bodies.document(request.body))
            unit = operations.store.find(self.decoded(request.unit_id))
            if unit is not None and change.rate_limit is not None and change.rate_limit.removes:
                operations.store.save(replace(unit, rate_limit=None))


@fault("refused-removal-of-foreign-token-applied", "must")
class RefusedRemovalOfForeignTokenApplied(Pipeline):
    """An update with a valid foreign token is refused with 401, but an empty budget in it removes the budget."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal:
            known = self.security.credentials
            foreign = (known.virtual_key, known.dashboard_token, known.user_token, known.session_token)
            if request.operation == "updateBusinessUnitGovernance" and token(request) in foreign:
                self.remove_budget(request)
            raise

    def remove_budget(self, request: Request) -> None:
        """Carry out the removal of the budget, if the request asks for it."""
        operations = self.operations
        with contextlib.suppress(Refusal), operations.store.transaction():
            change = operations.bodies.update(operations.bodies.document(request.body))
            unit = operations.store.find(self.decoded(request.unit_id))
            if unit is not None and change.budget is not None and change.budget.removes:
                operations.store.save(replace(unit, budget=None))


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
