"""Servers that handle the Content-Type of a request wrongly."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations


@fault("media-type-parameters-refused", "VALID", "should", proves=("UPDATE-25",))
class MediaTypeParametersRefused(Operations):
    """The server refuses a Content-Type with a charset."""

    def document(self, request: Request) -> Any:
        if ";" in request.headers.get("Content-Type", ""):
            raise Refusal(400, "Content-Type must be application/json")
        return super().document(request)


@fault("missing-media-type-breaks", "VALID", "should")
class MissingMediaTypeBreaks(Operations):
    """The server answers 500 to a body without a Content-Type."""

    def document(self, request: Request) -> Any:
        assert not request.body or "Content-Type" in request.headers
        return super().document(request)


def _is_json(request: Request) -> bool:
    return request.headers.get_content_type() == "application/json" and "Content-Type" in request.headers


@fault("other-media-types-half-read", "VALID", "should", proves=("VALID-21",))
class OtherMediaTypesHalfRead(Operations):
    """The server reads only the budget of a body that is not declared application/json."""

    def document(self, request: Request) -> Any:
        document = super().document(request)
        if _is_json(request) or not isinstance(document, dict):
            return document
        return {name: value for name, value in document.items() if name != "rate_limit"}


@fault("other-media-types-refused-too-late", "VALID", "should")
class OtherMediaTypesRefusedTooLate(Operations):
    """The server applies a body that is not declared application/json and answers 415."""

    def update_governance(self, request: Request) -> Response:
        response = super().update_governance(request)
        if not _is_json(request):
            return Response(415, self.views.error(415, "Unsupported media type"))
        return response
