"""Mistakes of refusals: their form, their status and what they leave behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...assembly import fault
from ...governance import Governance
from ...messages import Refusal, Request, Response
from ...model import Budget, BudgetChange, Unit
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


@fault("ERROR", "should")
class IncompleteFirstBudgetIs500(Governance):
    """An update that would create a budget without its duration is 500."""

    def new_budget(self, unit: Unit, change: BudgetChange, now: int) -> Budget:
        if change.reset_duration is None:
            raise Refusal(500, "Failed to update business unit")
        return super().new_budget(unit, change, now)


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
class UnknownUnitSaidOk(Operations):
    """An update of no row is no error: an empty update of an unknown unit is 200."""

    def update_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None and self.document(request) == {}:
            now = self.clock.now()
            return Response(200, self.views.governed("Business unit updated", Unit(request.unit_id, "", now, now)))
        return super().update_governance(request)


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
