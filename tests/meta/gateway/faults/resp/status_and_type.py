"""Servers that answer with the wrong status or media type."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request, Response
from ...wire import Wire


@fault("update-answered-201", "RESP", "must", proves=("RESP-01",))
class UpdateAnswered201(Wire):
    """The server answers 201 to an update."""

    def status(self, request: Request, response: Response) -> int:
        updated = request.operation == "updateBusinessUnitGovernance" and response.status == 200
        return 201 if updated else response.status


@fault("update-answered-204", "RESP", "must")
class UpdateAnswered204(Wire):
    """The server answers 204 without a body to an update."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        if request.operation == "updateBusinessUnitGovernance" and response.status == 200:
            return 204, {}, b""
        return super().message(request, response)


@fault("field-deletion-said-204", "RESP", "must", origin="blind-2")
class DeletionSaid204(Wire):
    """The server answers 204 without a body to a deletion."""

    def status(self, request: Request, response: Response) -> int:
        return 204 if request.method == "DELETE" and response.status == 200 else response.status

    def body(self, request: Request, response: Response) -> bytes:
        return b"" if self.status(request, response) == 204 else super().body(request, response)


@fault("json-as-plain-text", "RESP", "must", proves=("RESP-03",))
class JsonAsPlainText(Wire):
    """The Content-Type of responses is text/plain."""

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/plain"


@fault("json-as-text-json", "RESP", "must")
class JsonAsTextJson(Wire):
    """The Content-Type of responses to PUT is text/json."""

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/json" if request.method == "PUT" else super().content_type(request, response)


@fault("media-type-missing", "RESP", "must")
class MediaTypeMissing(Wire):
    """Responses have no Content-Type."""

    def content_type(self, request: Request, response: Response) -> str | None:
        return None
