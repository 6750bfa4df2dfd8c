"""Servers that send wrong headers or damaged bodies."""

from __future__ import annotations

import gzip
import itertools

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...settings import Settings
from ...wire import Wire


@fault("body-cut-short", "must", Wire.message)
def body_cut_short(self: Wire, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
    """The response to an update lacks its last byte."""
    status, headers, body = Wire.message(self, request, response)
    return status, headers, body[:-1] if request.method == "PUT" else body


@fault("compressed-unasked", "should", Wire.message, proves=("HTTP-04",))
def compressed_unasked(self: Wire, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
    """Responses are compressed although the client does not accept it."""
    status, headers, body = Wire.message(self, request, response)
    accepted = request.headers.get("Accept-Encoding", "identity")
    if "gzip" in accepted:
        return status, headers, body
    return status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body)


@fault("field-identity-ignored", "should", Wire.message, origin="blind-2")
def identity_ignored(self: Wire, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
    """Responses are compressed although the client sends `Accept-Encoding: gzip;q=0`."""
    status, headers, body = Wire.message(self, request, response)
    if "gzip" not in (request.headers.get("Accept-Encoding") or ""):
        return status, headers, body
    return status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body)


@fault("field-cacheable-publicly", "should", Wire.headers, proves=("HTTP-05",), origin="blind-2")
def cacheable_publicly(self: Wire, request: Request, response: Response) -> dict[str, str]:
    """Responses to GET allow public caching for a minute."""
    headers = Wire.headers(self, request, response)
    return {**headers, "Cache-Control": "public, max-age=60"} if request.method == "GET" else headers


@fault("field-not-modified-always", "must", Pipeline.serve, proves=("HTTP-10",), origin="blind-2")
def not_modified_always(self: Pipeline, request: Request) -> Response:
    """The server answers 304 to a GET with any If-None-Match."""
    response = Pipeline.serve(self, request)
    return Response(304, None) if request.method == "GET" and "If-None-Match" in request.headers else response


@fault("field-json-not-acceptable", "must", Pipeline.serve, proves=("HTTP-11",), origin="blind-2")
def json_not_acceptable(self: Pipeline, request: Request) -> Response:
    """The server answers 406 to an Accept header with a weight."""
    if (request.headers.get("Accept") or "*/*") not in ("application/json", "*/*"):
        raise Refusal(406, "Not acceptable")
    return Pipeline.serve(self, request)


@fault("field-media-type-of-client", "must", Wire.content_type, origin="blind-2")
def media_type_of_client(self: Wire, request: Request, response: Response) -> str | None:
    """The Content-Type of responses is the first entry of the Accept header."""
    wanted = (request.headers.get("Accept") or "").split(",")[0].split(";")[0].strip()
    return Wire.content_type(self, request, response) if "*" in wanted or not wanted else wanted


@fault("third-twentieth-answer-has-no-type", "must", origin="blind-3")
class TwentiethAnswerHasNoType(Wire):
    """Every twentieth response has no Content-Type."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._sent = itertools.count(1)

    def content_type(self, request: Request, response: Response) -> str | None:
        return None if next(self._sent) % 20 == 0 else super().content_type(request, response)


@fault("field-answer-cut-at-2048", "must", Wire.body, origin="blind-2")
def answer_cut_at_2048(self: Wire, request: Request, response: Response) -> bytes:
    """The server cuts responses off after 2048 bytes."""
    return Wire.body(self, request, response)[:2048]


@fault("field-length-in-characters", "must", origin="blind-2")
class LengthInCharacters(Wire):
    """Content-Length counts characters, so a response with non-ASCII letters is cut off."""

    def length(self, body: bytes) -> int:
        return len(body.decode("utf-8", "replace"))

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        return status, headers, body[: self.length(body)]
