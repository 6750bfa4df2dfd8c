"""Servers whose error bodies are wrong."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...views import Views
from ...wire import Wire


@fault("error-as-string", "ERROR", "must", proves=("ERROR-02",))
class ErrorAsString(Views):
    """The error is a string beside a message, as in older editions."""

    def error(self, status: int, english: str) -> Any:
        return {"error": "failure", "message": english}


@fault("error-is-list", "ERROR", "must")
class ErrorIsList(Views):
    """An error body is a list."""

    def error(self, status: int, english: str) -> Any:
        return [super().error(status, english)]


@fault("error-is-null", "ERROR", "must")
class ErrorIsNull(Views):
    """The member error is null."""

    def error(self, status: int, english: str) -> Any:
        return {"is_bifrost_error": False, "status_code": status, "error": None, "extra_fields": {}}


@fault("error-flag-as-string", "ERROR", "must")
class ErrorFlagAsString(Views):
    """is_bifrost_error is a string."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "is_bifrost_error": "false"}


@fault("error-status-as-string", "ERROR", "must")
class ErrorStatusAsString(Views):
    """status_code is a string."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "status_code": str(status)}


@fault("error-status-differs", "ERROR", "should", proves=("ERROR-07",))
class ErrorStatusDiffers(Views):
    """status_code is always 500."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "status_code": 500}


@fault("error-message-is-list", "ERROR", "must")
class ErrorMessageIsList(Views):
    """The message of an error is a list."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"message": [english]}}


@fault("error-message-missing", "ERROR", "should", proves=("ERROR-03",))
class ErrorMessageMissing(Views):
    """An error has no message."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"code": "failure"}}


@fault("error-message-empty", "ERROR", "should")
class ErrorMessageEmpty(Views):
    """The message of an error is empty."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"message": ""}}


@fault("error-without-body", "ERROR", "must")
class ErrorWithoutBody(Wire):
    """A 400 has no body."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"" if response.status == 400 else super().body(request, response)


@fault("error-as-html", "ERROR", "must", proves=("ERROR-04",))
class ErrorAsHtml(Wire):
    """Errors are HTML pages."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"<html><h1>Error</h1></html>" if response.status >= 400 else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/html" if response.status >= 400 else super().content_type(request, response)


@fault("not-found-as-html", "ERROR", "must")
class NotFoundAsHtml(Wire):
    """A 404, and only it, is an HTML page."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"<html><h1>Not found</h1></html>" if response.status == 404 else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/html" if response.status == 404 else super().content_type(request, response)


@fault("error-as-problem-details", "ERROR", "must")
class ErrorAsProblemDetails(Wire):
    """Errors are problem details (RFC 9457)."""

    def body(self, request: Request, response: Response) -> bytes:
        if response.status < 400:
            return super().body(request, response)
        return self.encode({"type": "about:blank", "title": "Refused", "status": response.status})

    def content_type(self, request: Request, response: Response) -> str | None:
        return "application/problem+json" if response.status >= 400 else super().content_type(request, response)


@fault("error-tells-internals", "ERROR", "should", proves=("ERROR-05",))
class ErrorTellsInternals(Views):
    """An error shows where in the program it was raised."""

    def error(self, status: int, english: str) -> Any:
        trace = f'Traceback (most recent call last):\n  File "/srv/app.py", line 7\nValueError: {english}'
        return {**super().error(status, english), "error": {"message": trace}}


@fault("field-error-shows-query", "ERROR", "should", origin="blind-2")
class ErrorShowsQuery(Views):
    """A 404 shows the query that found nothing."""

    def error(self, status: int, english: str) -> Any:
        query = 'record not found [SELECT * FROM "business_units" WHERE id = $1] at handlers/businessunits.go:214'
        return super().error(status, f"{english}: {query}" if status == 404 else english)


@fault("field-malformed-json-answered-as-text", "ERROR", "must", origin="blind-2")
class MalformedJsonAnsweredAsText(Wire):
    """What the framework refuses itself, malformed JSON, is answered as plain text."""

    def is_decoding_error(self, response: Response) -> bool:
        """Return whether the body could not be read."""
        return response.status == 400 and response.payload.get("error", {}).get("message") == "Invalid JSON"

    def body(self, request: Request, response: Response) -> bytes:
        return b"Bad Request" if self.is_decoding_error(response) else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/plain" if self.is_decoding_error(response) else super().content_type(request, response)


@fault("field-error-flag-is-text", "ERROR", "must", origin="blind-2")
class ErrorFlagIsText(Views):
    """is_bifrost_error is the text "false" in a 409, which another helper writes."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "is_bifrost_error": "false"} if status == 409 else view


@fault("field-error-code-is-number", "ERROR", "must", origin="blind-2")
class ErrorCodeIsNumber(Views):
    """error.code repeats the status as a number, where the schema has a text."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "error": {**view["error"], "code": status}}


@fault("field-error-param-is-null", "ERROR", "must", origin="blind-2")
class ErrorParamIsNull(Views):
    """error.param and error.type are null where they are unknown, which the schema does not allow."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "error": {**view["error"], "param": None, "type": None}}


@fault("field-extra-fields-is-list", "ERROR", "must", origin="blind-2")
class ExtraFieldsIsList(Views):
    """Empty extra_fields are written as a list."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "extra_fields": []}


@fault("field-not-found-has-error-text", "ERROR", "must", origin="blind-2")
class NotFoundHasErrorText(Views):
    """A 404 is written in the older form: error is a text."""

    def error(self, status: int, english: str) -> Any:
        return {"error": "not_found", "message": english} if status == 404 else super().error(status, english)


@fault("field-conflict-says-nothing", "ERROR", "should", origin="blind-2")
class ConflictSaysNothing(Views):
    """The message of a 409 is empty."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "error": {"message": ""}} if status == 409 else view


@fault("third-missing-team-in-old-error-form", "ERROR", "must", origin="blind-3")
class MissingTeamInOldErrorForm(Views):
    """The lookup of teams writes its error in the form of the first release, where error is a string."""

    def error(self, status: int, english: str) -> Any:
        """Return the old form for a team that is not found."""
        error = super().error(status, english)
        return {**error, "error": english, "message": english} if english == "Team not found" else error


@fault("third-conflict-body-says-bad-request", "ERROR", "should", origin="blind-3")
class ConflictBodySaysBadRequest(Views):
    """Conflicts are made from the bad-request template: the status is 409 and status_code in the body says 400."""

    def error(self, status: int, english: str) -> Any:
        """Return the error with the number of the template."""
        error = super().error(status, english)
        return {**error, "status_code": 400} if status == 409 else error
