"""Servers that handle the Content-Type of a request wrongly."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations


@fault("media-type-parameters-refused", "should", Operations.document, proves=("UPDATE-25",))
def media_type_parameters_refused(self: Operations, request: Request) -> Any:
    """The server refuses a Content-Type with a charset."""
    if ";" in request.headers.get("Content-Type", ""):
        raise Refusal(400, "Content-Type must be application/json")
    return Operations.document(self, request)


@fault("missing-media-type-breaks", "must", Operations.document)
def missing_media_type_breaks(self: Operations, request: Request) -> Any:
    """The server answers 500 to a body without a Content-Type."""
    assert not request.body or "Content-Type" in request.headers
    return Operations.document(self, request)


def _is_json(request: Request) -> bool:
    return request.headers.get_content_type() == "application/json" and "Content-Type" in request.headers


@fault("other-media-types-half-read", "should", Operations.document, proves=("VALID-21",))
def other_media_types_half_read(self: Operations, request: Request) -> Any:
    """The server reads only the budget of a body that is not declared application/json."""
    document = Operations.document(self, request)
    if _is_json(request) or not isinstance(document, dict):
        return document
    return {name: value for name, value in document.items() if name != "rate_limit"}


@fault("other-media-types-refused-too-late", "should", Operations.update_governance)
def other_media_types_refused_too_late(self: Operations, request: Request) -> Response:
    """The server applies a body that is not declared application/json and answers 415."""
    response = Operations.update_governance(self, request)
    if not _is_json(request):
        return Response(415, self.views.error(415, "Unsupported media type"))
    return response
