"""Servers whose refusals have the wrong status or the wrong body."""

from __future__ import annotations

from typing import Any

from ..assembly import fault
from ..bodies import Bodies
from ..governance import Governance
from ..messages import Refusal, Request, Response
from ..model import Change, Unit
from ..operations import Operations
from ..pipeline import Pipeline
from ..views import Views
from ..wire import Wire

# the body


@fault("ERROR", "must")
class ErrorAsString(Views):
    """The error is a string beside a message, as in older editions."""

    def error(self, status: int, english: str) -> Any:
        return {"error": "failure", "message": english}


@fault("ERROR", "must")
class ErrorIsNull(Views):
    """The member error is null."""

    def error(self, status: int, english: str) -> Any:
        return {"is_bifrost_error": False, "status_code": status, "error": None, "extra_fields": {}}


@fault("ERROR", "must")
class ErrorIsList(Views):
    """An error body is a list."""

    def error(self, status: int, english: str) -> Any:
        return [super().error(status, english)]


@fault("ERROR", "must")
class ErrorMessageIsList(Views):
    """The message of an error is a list."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"message": [english]}}


@fault("ERROR", "should")
class ErrorMessageMissing(Views):
    """An error has no message."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"code": "failure"}}


@fault("ERROR", "should")
class ErrorMessageEmpty(Views):
    """The message of an error is empty."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"message": ""}}


@fault("ERROR", "must")
class ErrorStatusAsString(Views):
    """status_code is a string."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "status_code": str(status)}


@fault("ERROR", "should")
class ErrorStatusDiffers(Views):
    """status_code is always 500."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "status_code": 500}


@fault("ERROR", "must")
class ErrorFlagAsString(Views):
    """is_bifrost_error is a string."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "is_bifrost_error": "false"}


@fault("ERROR", "should")
class ErrorTellsInternals(Views):
    """An error shows where in the program it was raised."""

    def error(self, status: int, english: str) -> Any:
        trace = f'Traceback (most recent call last):\n  File "/srv/app.py", line 7\nValueError: {english}'
        return {**super().error(status, english), "error": {"message": trace}}


@fault("ERROR", "must")
class ErrorAsHtml(Wire):
    """Errors are HTML pages."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"<html><h1>Error</h1></html>" if response.status >= 400 else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/html" if response.status >= 400 else super().content_type(request, response)


@fault("ERROR", "must")
class NotFoundAsHtml(Wire):
    """A 404, and only it, is an HTML page."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"<html><h1>Not found</h1></html>" if response.status == 404 else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/html" if response.status == 404 else super().content_type(request, response)


@fault("ERROR", "must")
class ErrorWithoutBody(Wire):
    """A 400 has no body."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"" if response.status == 400 else super().body(request, response)


@fault("ERROR", "must")
class ErrorAsProblemDetails(Wire):
    """Errors are problem details (RFC 9457)."""

    def body(self, request: Request, response: Response) -> bytes:
        if response.status < 400:
            return super().body(request, response)
        return self.encode({"type": "about:blank", "title": "Refused", "status": response.status})

    def content_type(self, request: Request, response: Response) -> str | None:
        return "application/problem+json" if response.status >= 400 else super().content_type(request, response)


# the status of an invalid request


class _RefusalWith(Pipeline):
    """Answers one status in place of another."""

    status = 0
    instead = 0

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == self.status:
            refusal = Refusal(self.instead, refusal.message, refusal.headers)
        return super().refused(request, refusal)


@fault("ERROR", "must")
class InvalidAnswered422(_RefusalWith):
    """An invalid request is answered 422."""

    status, instead = 400, 422


@fault("ERROR", "must")
class InvalidAnswered500(_RefusalWith):
    """An invalid request is answered 500."""

    status, instead = 400, 500


@fault("ERROR", "must")
class InvalidAnswered404(_RefusalWith):
    """An invalid request is answered 404."""

    status, instead = 400, 404


@fault("ERROR", "must")
class NotFoundAnswered400(_RefusalWith):
    """An unknown unit is answered 400."""

    status, instead = 404, 400


@fault("ERROR", "must")
class NotFoundAnswered500(_RefusalWith):
    """An unknown unit is answered 500."""

    status, instead = 404, 500


@fault("ERROR", "must")
class NotFoundAnswered403(_RefusalWith):
    """An unknown unit is answered 403."""

    status, instead = 404, 403


@fault("ERROR", "must")
class ConflictAnswered500(_RefusalWith):
    """A conflict is answered 500."""

    status, instead = 409, 500


@fault("ERROR", "must")
class InvalidAnswered200(Wire):
    """An invalid request is answered 200 with an error body."""

    def status(self, request: Request, response: Response) -> int:
        return 200 if response.status == 400 else response.status


@fault("ERROR", "must")
class NotFoundAnswered200(Wire):
    """An unknown unit is answered 200 with an error body."""

    def status(self, request: Request, response: Response) -> int:
        return 200 if response.status == 404 else response.status


@fault("ERROR", "should")
class InvalidRateLimitAnswered500(Operations):
    """A rate limit without its duration is answered 500: it is noticed only while writing."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            if "each limit needs" in refusal.message:
                raise RuntimeError from refusal
            raise


@fault("ERROR", "must")
class ShortAlignmentAnswered500(Governance):
    """Calendar alignment of a short duration is answered 500."""

    def update(self, unit: Unit, change: Change, now: int) -> Unit:
        try:
            return super().update(unit, change, now)
        except Refusal as refusal:
            if "calendar_aligned" in refusal.message:
                raise RuntimeError from refusal
            raise


@fault("ERROR", "must")
class MalformedAnswered500(Bodies):
    """A body that is not JSON is answered 500."""

    def document(self, body: bytes) -> Any:
        return self.parse(body)


# units that are not there


@fault("ERROR", "must")
class UnknownUnitCreatedByUpdate(Operations):
    """PUT governance on an unknown identifier creates the unit."""

    def update_governance(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            now = self.clock.now()
            self.store.save(Unit(request.unit_id, request.unit_id, now, now))
        return super().update_governance(request)


@fault("ERROR", "must")
class UnknownUnitShownEmpty(Operations):
    """GET of an unknown identifier shows a unit without a name."""

    def get_unit(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is not None:
            return super().get_unit(request)
        now = self.clock.now()
        return Response(200, self.views.detail(Unit(request.unit_id, "", now, now), 0))


@fault("ERROR", "must")
class UnknownUnitHasNoTeams(Operations):
    """The teams of an unknown unit are an empty list."""

    def list_teams(self, request: Request) -> Response:
        if self.store.find(request.unit_id) is None:
            return self.page("teams", [], request)
        return super().list_teams(request)


@fault("ERROR", "must")
class UnknownUnitMatchedByPrefix(Operations):
    """An identifier that is cut short, or too long, finds a unit all the same."""

    def unit(self, request: Request, now: int) -> Unit:
        if len(request.unit_id) >= 8:
            for unit in self.store.units():
                if unit.id.startswith(request.unit_id) or request.unit_id.startswith(unit.id):
                    request.parameters["id"] = unit.id
        return super().unit(request, now)


@fault("ERROR", "must")
class LongIdBreaks(Operations):
    """An identifier of more than 100 characters is a 500."""

    def unit(self, request: Request, now: int) -> Unit:
        assert len(request.unit_id) <= 100
        return super().unit(request, now)


@fault("ERROR", "must")
class UnicodeIdBreaks(Operations):
    """An identifier beyond ASCII is a 500."""

    def unit(self, request: Request, now: int) -> Unit:
        request.unit_id.encode("ascii")
        return super().unit(request, now)
