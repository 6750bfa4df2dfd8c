"""Servers whose error bodies are wrong."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...views import Views
from ...wire import Wire


@fault("error-as-string", "ERROR", "must", proves=("ERROR-02",))
class ErrorAsString(Views):
    """The error member is a string."""

    def error(self, status: int, english: str) -> Any:
        return {"error": "failure", "message": english}


@fault("error-is-list", "ERROR", "must")
class ErrorIsList(Views):
    """The error body is a list."""

    def error(self, status: int, english: str) -> Any:
        return [super().error(status, english)]


@fault("error-is-null", "ERROR", "must")
class ErrorIsNull(Views):
    """The error member is null."""

    def error(self, status: int, english: str) -> Any:
        return {"is_bifrost_error": False, "status_code": status, "error": None, "extra_fields": {}}


@fault("error-flag-as-string", "ERROR", "must")
class ErrorFlagAsString(Views):
    """is_bifrost_error is a string."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "is_bifrost_error": "false"}


@fault("error-status-differs", "ERROR", "should", proves=("ERROR-07",))
class ErrorStatusDiffers(Views):
    """status_code is always 500."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "status_code": 500}


@fault("error-message-is-list", "ERROR", "must")
class ErrorMessageIsList(Views):
    """The error message is a list."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"message": [english]}}


@fault("error-message-missing", "ERROR", "should", proves=("ERROR-03",))
class ErrorMessageMissing(Views):
    """The error body has no message."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"code": "failure"}}


@fault("error-message-empty", "ERROR", "should")
class ErrorMessageEmpty(Views):
    """The error message is empty."""

    def error(self, status: int, english: str) -> Any:
        return {**super().error(status, english), "error": {"message": ""}}


@fault("error-without-body", "ERROR", "must")
class ErrorWithoutBody(Wire):
    """The 400 response has no body."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"" if response.status == 400 else super().body(request, response)


@fault("error-as-html", "ERROR", "must", proves=("ERROR-04",))
class ErrorAsHtml(Wire):
    """Error responses are HTML pages."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"<html><h1>Error</h1></html>" if response.status >= 400 else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/html" if response.status >= 400 else super().content_type(request, response)


@fault("not-found-as-html", "ERROR", "must")
class NotFoundAsHtml(Wire):
    """The 404 response is an HTML page."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"<html><h1>Not found</h1></html>" if response.status == 404 else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/html" if response.status == 404 else super().content_type(request, response)


@fault("error-as-problem-details", "ERROR", "must")
class ErrorAsProblemDetails(Wire):
    """Error responses are problem details (RFC 9457)."""

    def body(self, request: Request, response: Response) -> bytes:
        if response.status < 400:
            return super().body(request, response)
        return self.encode({"type": "about:blank", "title": "Refused", "status": response.status})

    def content_type(self, request: Request, response: Response) -> str | None:
        return "application/problem+json" if response.status >= 400 else super().content_type(request, response)


@fault("error-tells-internals", "ERROR", "should", proves=("ERROR-05",))
class ErrorTellsInternals(Views):
    """The error message contains a traceback."""

    def error(self, status: int, english: str) -> Any:
        trace = f'Traceback (most recent call last):\n  File "/srv/app.py", line 7\nValueError: {english}'
        return {**super().error(status, english), "error": {"message": trace}}


@fault("field-error-shows-query", "ERROR", "should", origin="blind-2")
class ErrorShowsQuery(Views):
    """The 404 message contains a database query."""

    def error(self, status: int, english: str) -> Any:
        query = 'record not found [SELECT * FROM "business_units" WHERE id = $1] at handlers/businessunits.go:214'
        return super().error(status, f"{english}: {query}" if status == 404 else english)


@fault("field-malformed-json-answered-as-text", "ERROR", "must", origin="blind-2")
class MalformedJsonAnsweredAsText(Wire):
    """The response to malformed JSON is plain text."""

    def is_decoding_error(self, response: Response) -> bool:
        """Return whether the body could not be read."""
        return response.status == 400 and response.payload.get("error", {}).get("message") == "Invalid JSON"

    def body(self, request: Request, response: Response) -> bytes:
        return b"Bad Request" if self.is_decoding_error(response) else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/plain" if self.is_decoding_error(response) else super().content_type(request, response)


@fault("field-error-flag-is-text", "ERROR", "must", origin="blind-2")
class ErrorFlagIsText(Views):
    """is_bifrost_error of a 409 is a string."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "is_bifrost_error": "false"} if status == 409 else view


@fault("field-error-param-is-null", "ERROR", "must", origin="blind-2")
class ErrorParamIsNull(Views):
    """error.param and error.type are null."""

    def error(self, status: int, english: str) -> Any:
        view = super().error(status, english)
        return {**view, "error": {**view["error"], "param": None, "type": None}}


@fault("field-not-found-has-error-text", "ERROR", "must", origin="blind-2")
class NotFoundHasErrorText(Views):
    """The error member of a 404 is a string."""

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
    """The error member of a 404 for a team is a string."""

    def error(self, status: int, english: str) -> Any:
        error = super().error(status, english)
        return {**error, "error": english, "message": english} if english == "Team not found" else error


@fault("third-conflict-body-says-bad-request", "ERROR", "should", origin="blind-3")
class ConflictBodySaysBadRequest(Views):
    """status_code of a 409 is 400."""

    def error(self, status: int, english: str) -> Any:
        error = super().error(status, english)
        return {**error, "status_code": 400} if status == 409 else error
