"""Servers that carry out a part of an invalid request."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import replace
from typing import Any

from ...after_refusal import AfterRefusal
from ...assembly import fault
from ...messages import Json, Refusal, Request, Response
from ...model import Change, Unit
from ...operations import Operations


@fault("invalid-body-clears-governance", "must", Operations.update_governance, proves=("VALID-16",))
def invalid_body_clears_governance(self: Operations, request: Request) -> Response:
    """The server answers 400 to a body that breaks the schema and removes the governance."""
    try:
        self.bodies.update(self.document(request))
    except Refusal:
        if unit := self.store.find(request.unit_id):
            self.store.save(replace(unit, budget=None, rate_limit=None))
        raise
    return Operations.update_governance(self, request)


def _store_only(operations: Operations, request: Request, unit: Unit, component: str) -> None:
    """Apply one component of a refused body, if the body has it."""
    document = operations.bodies.document(request.body)
    if isinstance(document, dict) and component in document:
        change = operations.bodies.update({component: document[component]})
        operations.store.save(operations.governance.update(unit, change, operations.clock.now()))


@fault("first-budget-stored-despite-refusal", "must", AfterRefusal.after_refusal)
def first_budget_stored_despite_refusal(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores the first budget of a unit without governance although it refuses the rate limit."""
    unit = self.store.find(request.unit_id)
    if unit is not None and unit.budget is None and unit.rate_limit is None:
        _store_only(self, request, unit, "budget")


@fault("first-rate-limit-stored-despite-refusal", "must", AfterRefusal.after_refusal)
def first_rate_limit_stored_despite_refusal(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """The server stores the first rate limit of a unit with a budget although it refuses the budget."""
    unit = self.store.find(request.unit_id)
    if unit is not None and unit.budget is not None and unit.rate_limit is None:
        _store_only(self, request, unit, "rate_limit")


@fault("refusal-turns-alignment-off", "must", AfterRefusal.after_refusal)
def refusal_turns_alignment_off(self: AfterRefusal, request: Request, refusal: Refusal) -> None:
    """A refused update turns alignment of the budget off."""
    unit = self.store.find(request.unit_id)
    if unit is not None and unit.budget is not None:
        self.store.save(replace(unit, budget=replace(unit.budget, calendar_aligned=False)))


class RefusedUpdates(Operations):
    """The base of servers whose refused updates write."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            unit = self.store.find(request.unit_id)
            if refusal.status == 400 and unit is not None:
                self.write(request, unit)
            raise

    def write(self, request: Request, unit: Unit) -> None:
        """Change the unit in spite of the refusal."""
        raise NotImplementedError

    def component(self, request: Request, name: str) -> Json:
        """Return the component in the body, or an empty object if it has none."""
        body: Any = None
        with contextlib.suppress(Refusal):
            body = self.document(request)
        component = body.get(name) if isinstance(body, dict) else None
        return component if isinstance(component, dict) else {}


@fault("rare-text-after-body-refused-but-applied", "must", origin="blind-4")
class TextAfterBodyRefusedButApplied(RefusedUpdates):
    """An update whose JSON object is followed by other text answers 400 but is carried out."""

    def write(self, request: Request, unit: Unit) -> None:
        with contextlib.suppress(ValueError, RecursionError, Refusal):
            text = request.body.decode()
            end = json.JSONDecoder().raw_decode(text)[1]
            if text[end:].strip():
                request.body = text[:end].encode()
                Operations.update_governance(self, request)


@fault("rare-wrong-flag-writes-duration", "must", origin="blind-4")
class WrongFlagWritesDuration(RefusedUpdates):
    """An update refused because calendar_aligned is no boolean still changes the duration of an existing budget."""

    def write(self, request: Request, unit: Unit) -> None:
        given = self.component(request, "budget")
        flag = given.get("calendar_aligned")
        if unit.budget is None or flag is None or isinstance(flag, bool) or "reset_duration" not in given:
            return
        with contextlib.suppress(Refusal):
            text = self.bodies.duration(given["reset_duration"], "budget")
            self.store.save(replace(unit, budget=replace(unit.budget, reset_duration=text)))


@fault("rare-refused-request-limit-writes-token-limit", "must", origin="blind-4")
class RefusedRequestLimitWritesTokenLimit(RefusedUpdates):
    """An update refused for its request fields still changes the token fields of an existing rate limit."""

    def write(self, request: Request, unit: Unit) -> None:
        given = self.component(request, "rate_limit")
        if unit.rate_limit is None or not any(name.startswith("token_") for name in given):
            return
        with contextlib.suppress(Refusal):
            change = self.bodies.window(given, "token")
            token = self.governance.change_half(unit.rate_limit.token, change, self.clock.now())
            self.store.save(replace(unit, rate_limit=replace(unit.rate_limit, token=token)))


@fault("hidden-refused-long-name-created-cut", "must", origin="blind-8")
class RefusedLongNameCreatedCut(Operations):
    """The creation of a unit with a name of more than 255 characters answers 400 but creates it with the first 255."""

    def create_unit(self, request: Request) -> Response:
        try:
            return super().create_unit(request)
        except Refusal as refusal:
            if refusal.status == 400:
                with contextlib.suppress(Refusal):
                    self.create_cut(request)
            raise

    def create_cut(self, request: Request) -> None:
        """Create the unit if its name is only too long."""
        document = self.document(request)
        name = document.get("name") if isinstance(document, dict) else None
        if isinstance(name, str) and len(name) > 255 and name[:255].strip():
            cut = self.bodies.name({"name": name[:255]})
            self.check_name_is_free(cut)
            now = self.clock.now()
            self.store.save(Unit(self.ids.new(), cut, now, now))


_START = re.compile(r'\s*\{\s*"budget"\s*:\s*')


_NEXT = re.compile(r"\s*(,|$)")


@fault("fresh-cut-off-body-half-applied", "must", origin="blind-5")
class CutOffBodyHalfApplied(AfterRefusal):
    """An update whose JSON breaks after a complete budget, its first member, answers 400 but changes the budget."""

    def after_refusal(self, request: Request, refusal: Refusal) -> None:
        unit = self.store.find(request.unit_id)
        if refusal.message == "Invalid JSON" and unit is not None:
            with contextlib.suppress(Refusal, ValueError, RecursionError):
                now = self.clock.now()
                self.store.save(self.governance.update(self.governance.refresh(unit, now), self.first(request), now))

    def first(self, request: Request) -> Change:
        """Return the change of the budget. Raises ValueError if it is not complete."""
        text = request.body.decode()
        start = _START.match(text)
        if start is None:
            raise ValueError("budget is not the first member")
        budget, end = json.JSONDecoder().raw_decode(text, start.end())
        if _NEXT.match(text, end) is None:
            raise ValueError("the object ends with the budget")
        return self.bodies.update_of({"budget": budget})
