"""Servers whose error bodies are wrong."""

from __future__ import annotations

import json
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...views import Views
from ...wire import Wire


@fault("error-as-string", "must", Views.error, proves=("ERROR-02",))
def error_as_string(self: Views, status: int, english: str) -> Any:
    """The error member is a string."""
    return {"error": "failure", "message": english}


@fault("error-is-list", "must", Views.error)
def error_is_list(self: Views, status: int, english: str) -> Any:
    """The error body is a list."""
    return [Views.error(self, status, english)]


@fault("error-status-differs", "should", Views.error, proves=("ERROR-07",))
def error_status_differs(self: Views, status: int, english: str) -> Any:
    """status_code is always 500."""
    return {**Views.error(self, status, english), "status_code": 500}


@fault("error-message-missing", "should", Views.error, proves=("ERROR-03",))
def error_message_missing(self: Views, status: int, english: str) -> Any:
    """The error body has no message."""
    return {**Views.error(self, status, english), "error": {"code": "failure"}}


@fault("error-without-body", "must", Wire.body)
def error_without_body(self: Wire, request: Request, response: Response) -> bytes:
    """The 400 response has no body."""
    return b"" if response.status == 400 else Wire.body(self, request, response)


@fault("error-as-html", "must", proves=("ERROR-04",))
class ErrorAsHtml(Wire):
    """Error responses are HTML pages."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"<html><h1>Error</h1></html>" if response.status >= 400 else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/html" if response.status >= 400 else super().content_type(request, response)


@fault("error-as-problem-details", "must")
class ErrorAsProblemDetails(Wire):
    """Error responses are problem details (RFC 9457)."""

    def body(self, request: Request, response: Response) -> bytes:
        if response.status < 400:
            return super().body(request, response)
        return self.encode({"type": "about:blank", "title": "Refused", "status": response.status})

    def content_type(self, request: Request, response: Response) -> str | None:
        return "application/problem+json" if response.status >= 400 else super().content_type(request, response)


@fault("error-tells-internals", "should", Views.error, proves=("ERROR-05",))
def error_tells_internals(self: Views, status: int, english: str) -> Any:
    """The error message contains a traceback."""
    trace = f'Traceback (most recent call last):\n  File "/srv/app.py", line 7\nValueError: {english}'
    return {**Views.error(self, status, english), "error": {"message": trace}}


@fault("field-error-shows-query", "should", Views.error, origin="blind-2")
def error_shows_query(self: Views, status: int, english: str) -> Any:
    """The 404 message contains a database query."""
    query = 'record not found [SELECT * FROM "business_units" WHERE id = $1] at handlers/businessunits.go:214'
    return Views.error(self, status, f"{english}: {query}" if status == 404 else english)


@fault("field-malformed-json-answered-as-text", "must", origin="blind-2")
class MalformedJsonAnsweredAsText(Wire):
    """The response to malformed JSON is plain text."""

    def is_decoding_error(self, response: Response) -> bool:
        """Return whether the body could not be read."""
        return response.status == 400 and response.payload.get("error", {}).get("message") == "Invalid JSON"

    def body(self, request: Request, response: Response) -> bytes:
        return b"Bad Request" if self.is_decoding_error(response) else super().body(request, response)

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/plain" if self.is_decoding_error(response) else super().content_type(request, response)


@fault("field-error-flag-is-text", "must", Views.error, origin="blind-2")
def error_flag_is_text(self: Views, status: int, english: str) -> Any:
    """is_bifrost_error of a 409 is a string."""
    view = Views.error(self, status, english)
    return {**view, "is_bifrost_error": "false"} if status == 409 else view


@fault("field-conflict-says-nothing", "should", Views.error, origin="blind-2")
def conflict_says_nothing(self: Views, status: int, english: str) -> Any:
    """The message of a 409 is empty."""
    view = Views.error(self, status, english)
    return {**view, "error": {"message": ""}} if status == 409 else view


@fault("third-missing-team-in-old-error-form", "must", Views.error, origin="blind-3")
def missing_team_in_old_error_form(self: Views, status: int, english: str) -> Any:
    """The error member of a 404 for a team is a string."""
    error = Views.error(self, status, english)
    return {**error, "error": english, "message": english} if english == "Team not found" else error


@fault("rare-name-unescaped-in-conflict", "must", origin="blind-4")
class NameUnescapedInConflict(Pipeline):
    """The body of a 409 has the taken name without JSON escapes, so a name with a quotation mark breaks it."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        response = super().refused(request, refusal)
        if refusal.status == 409 and request.operation in ("createBusinessUnit", "updateBusinessUnit"):
            name = json.loads(request.body)["name"]
            text = json.dumps(response.payload)
            quoted = text.replace("with this name", f"with the name '{name}'")
            response.payload = quoted.encode("utf-8", "replace")
        return response
