"""Mistakes of refusals: their form, their status and what they leave behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Json, Refusal, Request, Response
from ...model import Budget, BudgetChange, RateLimit, Unit
from ...operations import Operations
from ...pipeline import Pipeline
from ...views import Views
from ...wire import Wire


@fault("ERROR", "must")
class NotFoundHasErrorText(Views):
    """A 404 is written in the older form: error is a text."""

    def error(self, status: int, english: str) -> Any:
        return {"error": "not_found", "message": english} if status == 404 else super().error(status, english)


@fault("ERROR", "must")
class MalformedJsonAnsweredAsText(Wire):
    """What the framework refuses itself, malformed JSON, is answered as plain text."""

    def is_decoding_error(self, response: Response) -> bool:
        """Return whether the body could not be read."""
        return response.status == 400 and response.payload.get("error", {}).get("message") == "Invalid JSON"

    def body(self, request: Request, response: Response) -> bytes:
        return b"Bad Request" if self.is_decoding_error(response) else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/plain" if self.is_decoding_error(response) else super().content_type(request, response)


@fault("ERROR", "must")
class UnknownUnitShowsDashboard(Wire):
    """An unknown unit falls through to the single-page dashboard: 404 with HTML."""

    def body(self, request: Request, response: Response) -> bytes:
        page = b"<!doctype html><title>Dashboard</title>"
        return page if response.status == 404 else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/html" if response.status == 404 else super().content_type(request, response)


@fault("ERROR", "must")
class AlignmentErrorIs500(Governance):
    """Refusals inside the transaction are not marked as the client's: an aligned hour is 500."""

    def check_alignment(self, budget: Budget, change: BudgetChange) -> None:
        try:
            super().check_alignment(budget, change)
        except Refusal as refusal:
            raise Refusal(500, "Failed to update business unit") from refusal


@fault("ERROR", "should")
class IncompleteFirstBudgetIs500(Governance):
    """An update that would create a budget without its duration is 500."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        if change.reset_duration is None:
            raise Refusal(500, "Failed to update business unit")
        return super().new_budget(unit, change, now)


@fault("ERROR", "should")
class LimitWithoutDurationIs500(Governance):
    """A rate limit that the table's hook refuses is 500."""

    def check_rate_limit(self, rate_limit: RateLimit, purpose: str) -> None:
        try:
            super().check_rate_limit(rate_limit, purpose)
        except Refusal as refusal:
            raise Refusal(500, "Failed to save rate limit") from refusal


@fault("ERROR", "must")
class WrongTypeIs422(Pipeline):
    """A member of the wrong type is 422, the framework's default, instead of 400."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        wrong = refusal.status == 400 and " must be " in refusal.message
        return super().refused(request, Refusal(422, refusal.message) if wrong else refusal)


@fault("ERROR", "must")
class WrongTypeIs500(Pipeline):
    """A component that is no object fails an assertion: 500."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        wrong = refusal.message.endswith(("must be an object", "must be a number"))
        return super().refused(request, Refusal(500, "Internal Server Error") if wrong else refusal)


@fault("ERROR", "must")
class StatusCodeIsText(Views):
    """status_code is a text in errors of the client."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "status_code": f"{status}"}


@fault("ERROR", "should")
class StatusCodeAlways500(Views):
    """status_code keeps its default, 500, whatever the HTTP status is."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "status_code": 500} if "status_code" in view else view


@fault("ERROR", "must")
class ErrorCodeIsNumber(Views):
    """error.code repeats the status as a number, where the schema has a text."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "error": {**view["error"], "code": status}}


@fault("ERROR", "must")
class ErrorParamIsNull(Views):
    """error.param and error.type are null where they are unknown, which the schema does not allow."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "error": {**view["error"], "param": None, "type": None}}


@fault("ERROR", "must")
class ErrorFlagIsText(Views):
    """is_bifrost_error is the text "false" in a 409, which another helper writes."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "is_bifrost_error": "false"} if status == 409 else view


@fault("ERROR", "must")
class ExtraFieldsIsList(Views):
    """Empty extra_fields are written as a list."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "extra_fields": []}


@fault("ERROR", "must")
class ErrorsInList(Views):
    """Refusals of validation carry error.message as a list of texts."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "error": {**view["error"], "message": [english]}} if status == 400 else view


@fault("ERROR", "should")
class ConflictSaysNothing(Views):
    """The message of a 409 is empty."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "error": {"message": ""}} if status == 409 else view


@fault("ERROR", "should")
class ErrorShowsQuery(Views):
    """A 404 shows the query that found nothing."""

    def error(self, status: int, english: str) -> Any:
        query = 'record not found [SELECT * FROM "business_units" WHERE id = $1] at handlers/businessunits.go:214'
        return super().error(status, f"{english}: {query}" if status == 404 else english)


@fault("ERROR", "must")
class UnknownUnitIsInserted(Operations):
    """The update saves the unit of the path with an upsert: an unknown identifier becomes a unit."""

    def update_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            self.bodies.update(self.document(request))
            now = self.clock.now()
            self.store.save(Unit(request.unit_id, request.unit_id, now, now))
        return super().update_governance(request)


@fault("ERROR", "must")
class UnknownUnitSaidOk(Operations):
    """An update of no row is no error: an empty update of an unknown unit is 200."""

    def update_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None and self.document(request) == {}:
            now = self.clock.now()
            return Response(200, self.views.governed("Business unit updated", Unit(request.unit_id, "", now, now)))
        return super().update_governance(request)


@fault("ERROR", "must")
class UnknownUnitIs400(Operations):
    """An identifier that is no UUID and no stored one is 400 on the update, before it is looked up."""

    def update_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            self.bodies.update(self.document(request))
            raise Refusal(400, "Invalid business unit id")
        return super().update_governance(request)


@fault("ERROR", "must")
class RefusedUpdateTouchesUnit(Operations):
    """A refused update has saved the unit already: its updated_at moves."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            if (unit := self.store.find(request.unit_id)) is not None:
                self.store.save(replace(unit, updated_at=self.clock.now()))
            raise


@fault("ERROR", "must")
class BudgetStaysOfRefusedUpdate(Operations):
    """A budget is saved before the rate limit of the same body is checked: 400, and half of it is done."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            self.save_valid_half(request, "budget", "rate_limit")
            raise

    def save_valid_half(self, request: Request, valid: str, invalid: str) -> None:
        """Save one component of a refused body, if the other is there and the one is valid."""
        document: Any = self.document(request)
        unit = self.store.find(request.unit_id)
        if unit is not None and isinstance(document, dict) and valid in document and invalid in document:
            half: Json = {valid: document[valid]}
            self.store.save(self.governance.update(unit, self.bodies.update(half), self.clock.now()))


@fault("ERROR", "must")
class RemovalStaysOfRefusedUpdate(Operations):
    """Removals run before the transaction: of a refused body, the removal of the budget is done."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal:
            unit, document = self.store.find(request.unit_id), self.document(request)
            if unit is not None and isinstance(document, dict) and document.get("budget") == {}:
                self.store.save(replace(unit, budget=None))
            raise


@fault("ERROR", "must")
class RefusedMemoryKept(Operations):
    """The object in memory is changed before validation: after a refused limit, the next valid update saves it too."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.dirty: dict[str, str] = {}

    def update_governance(self, request: Request) -> Response:
        try:
            response = super().update_governance(request)
        except Refusal:
            document: Any = self.document(request)
            budget = document.get("budget") if isinstance(document, dict) else None
            if isinstance(budget, dict) and isinstance(duration := budget.get("reset_duration"), str):
                self.dirty[request.unit_id] = duration
            raise
        unit, duration = self.store.find(request.unit_id), self.dirty.pop(request.unit_id, None)
        if unit is not None and unit.budget is not None and duration is not None:
            self.store.save(replace(unit, budget=replace(unit.budget, reset_duration=duration)))
        return response


@fault("ERROR", "must")
class TeamConflictIs400(Operations):
    """A team of another unit is 400 instead of 409."""

    def check_assignable(self, team: Any, unit: Unit) -> None:
        try:
            super().check_assignable(team, unit)
        except Refusal as refusal:
            raise Refusal(400, refusal.message) from refusal


@fault("ERROR", "must")
class DuplicateNameIs500(Operations):
    """The violated unique index is not recognised: a name that is taken is 500."""

    def check_name_is_free(self, name: str, own_id: str | None = None) -> None:
        try:
            super().check_name_is_free(name, own_id)
        except Refusal as refusal:
            raise Refusal(500, "Internal Server Error") from refusal
