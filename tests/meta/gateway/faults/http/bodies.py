"""Servers that read request bodies wrongly."""

from __future__ import annotations

import threading
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations
from ...pipeline import Pipeline
from ...wire import Wire


@fault("malformed-body-hangs-up", "HTTP", "must")
class MalformedBodyHangsUp(Wire):
    """A 400 is never sent: the connection ends."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        if response.status == 400:
            raise ConnectionAbortedError
        return super().message(request, response)


@fault("large-body-answered-500", "HTTP", "should")
class LargeBodyAnswered500(Pipeline):
    """A body above the limit of size is a 500."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        return super().refused(request, Refusal(500, "Internal Server Error") if refusal.status == 413 else refusal)


@fault("refused-body-left-unread", "HTTP", "should")
class RefusedBodyLeftUnread(Pipeline):
    """The body of a refused request is left in the connection, and the next request on it is malformed."""

    def answer(self, request: Request) -> Response:
        if request.connection.pop("left", False):
            return super().refused(request, Refusal(400, "Malformed request"))
        return super().answer(request)

    def refused(self, request: Request, refusal: Refusal) -> Response:
        request.connection["left"] = bool(request.body)
        return super().refused(request, refusal)


@fault("field-chunked-body-lost", "HTTP", "should", proves=("HTTP-08",), origin="blind-2")
class ChunkedBodyLost(Pipeline):
    """A body without Content-Length is not read: a chunked update is empty."""

    def serve(self, request: Request) -> Response:
        if "Content-Length" not in request.headers:
            request.body = b""
        return super().serve(request)


@fault("field-large-body-cut", "HTTP", "should", origin="blind-2")
class LargeBodyCut(Pipeline):
    """Only the first 4096 bytes of a body are read: a longer valid one is malformed."""

    def serve(self, request: Request) -> Response:
        request.body = request.body[:4096]
        return super().serve(request)


@fault("field-oversize-emptied", "HTTP", "should", origin="blind-2")
class OversizeEmptied(Operations):
    """A body over the limit is dropped and the request goes on with {}: 200, and nothing is done."""

    def document(self, request: Request) -> Any:
        return {} if request.too_large else super().document(request)


@fault("field-connection-keeps-body", "HTTP", "must", origin="blind-2")
class ConnectionKeepsBody(Pipeline):
    """The buffer of a connection is not emptied: an update without a body repeats the one before."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.pool = threading.local()

    def serve(self, request: Request) -> Response:
        if request.method == "PUT" and not request.body:
            request.body = getattr(self.pool, "body", b"")
        self.pool.body = request.body or getattr(self.pool, "body", b"")
        return super().serve(request)


@fault("field-connection-keeps-unit", "HTTP", "must", origin="blind-2")
class ConnectionKeepsUnit(Pipeline):
    """Path parameters are pooled with the connection: its second update goes to the unit of the first."""

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


@fault("field-refusal-breaks-next-answer", "HTTP", "must", origin="blind-2")
class RefusalBreaksNextAnswer(Pipeline):
    """The writer is pooled: after a refused body, the next request of the connection has the same answer."""

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
