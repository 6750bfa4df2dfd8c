"""Servers that read request bodies wrongly."""

from __future__ import annotations

import threading
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations
from ...pipeline import Pipeline
from ...wire import Wire


@fault("malformed-body-hangs-up", "must", Wire.message)
def malformed_body_hangs_up(self: Wire, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
    """The server closes the connection instead of answering 400."""
    if response.status == 400:
        raise ConnectionAbortedError
    return Wire.message(self, request, response)


@fault("large-body-answered-500", "must", Pipeline.refused)
def large_body_answered_500(self: Pipeline, request: Request, refusal: Refusal) -> Response:
    """The server answers 500 to a body above the size limit."""
    return Pipeline.refused(self, request, Refusal(500, "Internal Server Error") if refusal.status == 413 else refusal)


@fault("refused-body-left-unread", "must")
class RefusedBodyLeftUnread(Pipeline):
    """The server answers 400 to the request that follows a refused one on the same connection."""

    def answer(self, request: Request) -> Response:
        if request.connection.pop("left", False):
            return super().refused(request, Refusal(400, "Malformed request"))
        return super().answer(request)

    def refused(self, request: Request, refusal: Refusal) -> Response:
        request.connection["left"] = bool(request.body)
        return super().refused(request, refusal)


@fault("field-chunked-body-lost", "should", Pipeline.serve, proves=("HTTP-08",), origin="blind-2")
def chunked_body_lost(self: Pipeline, request: Request) -> Response:
    """The server reads a chunked body as empty."""
    if "Content-Length" not in request.headers:
        request.body = b""
    return Pipeline.serve(self, request)


@fault("field-large-body-cut", "should", Pipeline.serve, origin="blind-2")
def large_body_cut(self: Pipeline, request: Request) -> Response:
    """The server reads only the first 4096 bytes of a body."""
    request.body = request.body[:4096]
    return Pipeline.serve(self, request)


@fault("field-oversize-emptied", "should", Operations.document, origin="blind-2")
def oversize_emptied(self: Operations, request: Request) -> Any:
    """The server reads a body above the size limit as {}."""
    return {} if request.too_large else Operations.document(self, request)


@fault("field-connection-keeps-body", "must", origin="blind-2")
class ConnectionKeepsBody(Pipeline):
    """An update without a body repeats the body of the connection before it."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.pool = threading.local()

    def serve(self, request: Request) -> Response:
        if request.method == "PUT" and not request.body:
            request.body = getattr(self.pool, "body", b"")
        self.pool.body = request.body or getattr(self.pool, "body", b"")
        return super().serve(request)


@fault("field-connection-keeps-unit", "must", origin="blind-2")
class ConnectionKeepsUnit(Pipeline):
    """Every update on a connection goes to the unit of the first."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.pool = threading.local()

    def decode(self, request: Request) -> None:
        super().decode(request)
        if request.operation != "updateBusinessUnitGovernance":
            return
        first = getattr(self.pool, "first", None)
        if first is not None and self.operations.store.find(first) is not None:
            request.parameters["id"] = first
        else:
            self.pool.first = request.unit_id


@fault("field-refusal-breaks-next-answer", "must", origin="blind-2")
class RefusalBreaksNextAnswer(Pipeline):
    """The request after a refused body receives the same response on the connection."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.pool = threading.local()

    def answer(self, request: Request) -> Response:
        if (left := getattr(self.pool, "left", None)) is not None:
            self.pool.left = None
            return Response(left.status, left.payload)
        response = super().answer(request)
        self.pool.left = response if response.status == 400 else None
        return response
