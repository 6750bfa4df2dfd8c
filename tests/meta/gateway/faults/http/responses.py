"""Servers that send wrong headers or damaged bodies."""

from __future__ import annotations

import gzip
import itertools

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...settings import Settings
from ...wire import Wire


@fault("body-cut-short", "HTTP", "must")
class BodyCutShort(Wire):
    """The response to an update lacks its last byte."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        return status, headers, body[:-1] if request.method == "PUT" else body


@fault("compressed-unasked", "HTTP", "should", proves=("HTTP-04",))
class CompressedUnasked(Wire):
    """Responses are compressed although the client does not accept it."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        accepted = request.headers.get("Accept-Encoding", "identity")
        if "gzip" in accepted:
            return status, headers, body
        return status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body)


@fault("field-identity-ignored", "HTTP", "should", origin="blind-2")
class IdentityIgnored(Wire):
    """Responses are compressed although the client sends `Accept-Encoding: gzip;q=0`."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        if "gzip" not in (request.headers.get("Accept-Encoding") or ""):
            return status, headers, body
        return status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body)


@fault("field-cacheable-publicly", "HTTP", "should", proves=("HTTP-05",), origin="blind-2")
class CacheablePublicly(Wire):
    """Responses to GET allow public caching for a minute."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        headers = super().headers(request, response)
        return {**headers, "Cache-Control": "public, max-age=60"} if request.method == "GET" else headers


@fault("field-not-modified-always", "HTTP", "should", proves=("HTTP-10",), origin="blind-2")
class NotModifiedAlways(Pipeline):
    """The server answers 304 to a GET with any If-None-Match."""

    def serve(self, request: Request) -> Response:
        response = super().serve(request)
        return Response(304, None) if request.method == "GET" and "If-None-Match" in request.headers else response


@fault("field-json-not-acceptable", "HTTP", "should", proves=("HTTP-11",), origin="blind-2")
class JsonNotAcceptable(Pipeline):
    """The server answers 406 to an Accept header with a weight."""

    def serve(self, request: Request) -> Response:
        if (request.headers.get("Accept") or "*/*") not in ("application/json", "*/*"):
            raise Refusal(406, "Not acceptable")
        return super().serve(request)


@fault("field-media-type-missing", "HTTP", "must", origin="blind-2")
class MediaTypeMissing(Wire):
    """The response to an update has no Content-Type."""

    def content_type(self, request: Request, response: Response) -> str | None:
        updates = request.operation == "updateBusinessUnitGovernance" and response.status == 200
        return None if updates else super().content_type(request, response)


@fault("field-media-type-of-client", "HTTP", "must", origin="blind-2")
class MediaTypeOfClient(Wire):
    """The Content-Type of responses is the first entry of the Accept header."""

    def content_type(self, request: Request, response: Response) -> str | None:
        wanted = (request.headers.get("Accept") or "").split(",")[0].split(";")[0].strip()
        return super().content_type(request, response) if "*" in wanted or not wanted else wanted


@fault("field-messages-as-text", "HTTP", "must", origin="blind-2")
class MessagesAsText(Wire):
    """The Content-Type of the response to a DELETE is text/plain."""

    def content_type(self, request: Request, response: Response) -> str | None:
        return "text/plain; charset=utf-8" if request.method == "DELETE" else super().content_type(request, response)


@fault("third-twentieth-answer-has-no-type", "HTTP", "must", origin="blind-3")
class TwentiethAnswerHasNoType(Wire):
    """Every twentieth response has no Content-Type."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._sent = itertools.count(1)

    def content_type(self, request: Request, response: Response) -> str | None:
        return None if next(self._sent) % 20 == 0 else super().content_type(request, response)


@fault("field-byte-order-mark", "HTTP", "must", origin="blind-2")
class ByteOrderMark(Wire):
    """Responses to GET begin with a byte order mark."""

    def body(self, request: Request, response: Response) -> bytes:
        return (b"\xef\xbb\xbf" if request.method == "GET" else b"") + super().body(request, response)


@fault("field-answer-cut-at-2048", "HTTP", "must", origin="blind-2")
class AnswerCutAt2048(Wire):
    """The server cuts responses off after 2048 bytes."""

    def body(self, request: Request, response: Response) -> bytes:
        return super().body(request, response)[:2048]


@fault("field-length-in-characters", "HTTP", "must", origin="blind-2")
class LengthInCharacters(Wire):
    """Content-Length counts characters, so a response with non-ASCII letters is cut off."""

    def length(self, body: bytes) -> int:
        return len(body.decode("utf-8", "replace"))

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        return status, headers, body[: self.length(body)]
