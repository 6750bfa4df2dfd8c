"""Servers that answer with the wrong status or media type."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request, Response
from ...wire import Wire


@fault("update-answered-201", "must", Wire.status, proves=("RESP-01",))
def update_answered_201(self: Wire, request: Request, response: Response) -> int:
    """The server answers 201 to an update."""
    updated = request.operation == "updateBusinessUnitGovernance" and response.status == 200
    return 201 if updated else response.status


@fault("update-answered-204", "must", Wire.message)
def update_answered_204(self: Wire, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
    """The server answers 204 without a body to an update."""
    if request.operation == "updateBusinessUnitGovernance" and response.status == 200:
        return 204, {}, b""
    return Wire.message(self, request, response)


@fault("json-as-plain-text", "must", Wire.content_type, proves=("RESP-03",))
def json_as_plain_text(self: Wire, request: Request, response: Response) -> str | None:
    """The Content-Type of responses is text/plain."""
    return "text/plain"


@fault("json-as-text-json", "must", Wire.content_type)
def json_as_text_json(self: Wire, request: Request, response: Response) -> str | None:
    """The Content-Type of responses to PUT is text/json."""
    return "text/json" if request.method == "PUT" else Wire.content_type(self, request, response)


@fault("media-type-missing", "must", Wire.content_type)
def media_type_missing(self: Wire, request: Request, response: Response) -> str | None:
    """Responses have no Content-Type."""
    return None
