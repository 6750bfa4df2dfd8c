"""Mistakes of the transport: paths, headers, framing and coding."""

from __future__ import annotations

import gzip
import re
import threading
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...operations import Operations
from ...pipeline import Pipeline
from ...wire import Wire


@fault("HTTP", "must")
class LengthInCharacters(Wire):
    """Content-Length counts characters: a name beyond ASCII cuts the end off the JSON."""

    def length(self, body: bytes) -> int:
        return len(body.decode("utf-8", "replace"))

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        return status, headers, body[: self.length(body)]


@fault("HTTP", "must")
class AnswerCutAt2048(Wire):
    """A buffer of 2048 bytes holds the answer: a long list is cut off in the middle."""

    def body(self, request: Request, response: Response) -> bytes:
        return super().body(request, response)[:2048]


@fault("HTTP", "must")
class ByteOrderMark(Wire):
    """Answers of GET begin with a byte order mark, which RFC 8259 forbids."""

    def body(self, request: Request, response: Response) -> bytes:
        return (b"\xef\xbb\xbf" if request.method == "GET" else b"") + super().body(request, response)


@fault("HTTP", "must")
class MessagesAsText(Wire):
    """The answer to a DELETE is declared text/plain."""

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/plain; charset=utf-8" if request.method == "DELETE" else super().content_type(request, response)


@fault("HTTP", "must")
class MediaTypeOfClient(Wire):
    """The media type of the answer is the first one of the Accept header, though the body is JSON."""

    def content_type(self, request: Request, response: Response) -> str | None:
        wanted = (request.headers.get("Accept") or "").split(",")[0].split(";")[0].strip()
        return super().content_type(request, response) if "*" in wanted or not wanted else wanted


@fault("HTTP", "must")
class MediaTypeMissing(Wire):
    """The answer to an update is written by another helper and has no Content-Type."""

    def content_type(self, request: Request, response: Response) -> str | None:
        updates = request.operation == "updateBusinessUnitGovernance" and response.status == 200
        return None if updates else super().content_type(request, response)


@fault("HTTP", "should")
class IdentityIgnored(Wire):
    """`Accept-Encoding: gzip;q=0`, which forbids it, is taken for a wish."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        if "gzip" not in (request.headers.get("Accept-Encoding") or ""):
            return status, headers, body
        return status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body)


@fault("HTTP", "should")
class CacheablePublicly(Wire):
    """Answers of GET may be cached by anyone for a minute, though they need a key."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        headers = super().headers(request, response)
        return {**headers, "Cache-Control": "public, max-age=60"} if request.method == "GET" else headers


@fault("HTTP", "should")
class IdTrimmed(Pipeline):
    """Blanks at the end of an identifier do not count: `ID%20` finds the unit."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).rstrip()


@fault("HTTP", "should")
class IdEndsAtNull(Pipeline):
    """An identifier ends at a null character: `ID%00x` finds the unit."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).partition("\0")[0]


@fault("HTTP", "must")
class IdIsPrefix(Operations):
    """The unit is looked up with LIKE 'id%': the beginning of an identifier updates the first unit that fits."""

    def update_governance(self, request: Request) -> Response:
        found = [unit.id for unit in self.store.units() if unit.id.startswith(request.unit_id)]
        if found and request.unit_id not in found:
            request.parameters["id"] = found[0]
        return super().update_governance(request)


@fault("HTTP", "must")
class IdIsPattern(Operations):
    """The identifier goes into LIKE as it is: `%25` stands for the first unit there is."""

    def get_unit(self, request: Request) -> Response:
        pattern = re.escape(request.unit_id).replace("%", ".*").replace("_", ".")
        found = [unit.id for unit in self.store.units() if re.fullmatch(pattern, unit.id)]
        if found and request.unit_id not in found:
            request.parameters["id"] = found[0]
        return super().get_unit(request)


@fault("HTTP", "should")
class IdNotDecoded(Pipeline):
    """An identifier is looked up as it stands in the path: an encoded letter makes it unknown."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment) and segment


@fault("HTTP", "should")
class PathTailIgnored(Pipeline):
    """The route of governance is a prefix: `/governance/anything` updates too."""

    def route(self, request: Request) -> list[str] | None:
        request.path = re.sub("(/business-units/[^/]+/governance)/.+", r"\1", request.path)
        return super().route(request)


@fault("HTTP", "should")
class DotSegmentsResolvedLate(Pipeline):
    """`..` is resolved after decoding: the identifier `x%2F..%2FID` is the unit ID."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).rpartition("/../")[2]


@fault("HTTP", "should")
class QueryBreaksRoute(Pipeline):
    """The router matches the path with its query: an update with any query is 404."""

    def route(self, request: Request) -> list[str] | None:
        if request.query and request.method == "PUT":
            return None
        return super().route(request)


@fault("HTTP", "should")
class ChunkedBodyLost(Pipeline):
    """A body without Content-Length is not read: a chunked update is empty."""

    def serve(self, request: Request) -> Response:
        if "Content-Length" not in request.headers:
            request.body = b""
        return super().serve(request)


@fault("HTTP", "should")
class LargeBodyCut(Pipeline):
    """Only the first 4096 bytes of a body are read: a longer valid one is malformed."""

    def serve(self, request: Request) -> Response:
        request.body = request.body[:4096]
        return super().serve(request)


@fault("HTTP", "should")
class OversizeEmptied(Operations):
    """A body over the limit is dropped and the request goes on with {}: 200, and nothing is done."""

    def document(self, request: Request) -> Any:
        return {} if request.too_large else super().document(request)


@fault("HTTP", "should")
class MethodOverridden(Pipeline):
    """X-HTTP-Method-Override is honoured: a GET can delete."""

    def serve(self, request: Request) -> Response:
        request.method = request.headers.get("X-HTTP-Method-Override") or request.method
        return super().serve(request)


@fault("HTTP", "should")
class PatchRemoves(Pipeline):
    """PATCH is not told from DELETE on the governance path: it removes both components."""

    def route(self, request: Request) -> list[str] | None:
        allowed = super().route(request)
        if request.path.endswith("/governance") and request.method == "PATCH":
            request.operation = "deleteBusinessUnitGovernance"
        return allowed


@fault("HTTP", "should")
class NotModifiedAlways(Pipeline):
    """Any If-None-Match is 304 for a GET, without a comparison."""

    def serve(self, request: Request) -> Response:
        response = super().serve(request)
        return Response(304, None) if request.method == "GET" and "If-None-Match" in request.headers else response


@fault("HTTP", "should")
class JsonNotAcceptable(Pipeline):
    """An Accept header other than exactly `application/json` or `*/*`, such as one with a weight, is 406."""

    def serve(self, request: Request) -> Response:
        if (request.headers.get("Accept") or "*/*") not in ("application/json", "*/*"):
            raise Refusal(406, "Not acceptable")
        return super().serve(request)


@fault("HTTP", "must")
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


@fault("HTTP", "must")
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


@fault("HTTP", "must")
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
