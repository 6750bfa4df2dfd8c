"""Conformant servers with unusual headers, timing or connections."""

from __future__ import annotations

import email.utils
import hashlib
import re
import time

from ..assembly import conformant
from ..messages import Refusal, Request, Response
from ..pipeline import Pipeline
from ..wire import Wire


@conformant("large-body-hangs-up", Wire.message)
def large_body_hangs_up(self: Wire, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
    """The server closes the connection when a body is larger than 100 kilobytes."""
    if len(request.body) > 100_000:
        raise ConnectionAbortedError
    return Wire.message(self, request, response)


@conformant("field-security-headers", Wire.headers, origin="blind-2")
def security_headers(self: Wire, request: Request, response: Response) -> dict[str, str]:
    """Responses have many more headers, all in lower case."""
    headers = {name.lower(): value for name, value in Wire.headers(self, request, response).items()}
    return {
        **headers,
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "content-security-policy": "frame-ancestors 'none'",
        "permissions-policy": "camera=(), microphone=()",
        "strict-transport-security": "max-age=31536000",
        "x-request-id": "0123456789abcdef" * 16,
        "set-cookie": "trace=1; Path=/; HttpOnly",
    }


@conformant("field-upper-case-headers", origin="blind-2")
class UpperCaseHeaders(Wire):
    """Header names are in upper case, and the media type is in mixed case with a quoted charset."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        return {name.upper(): value for name, value in super().headers(request, response).items()}

    def content_type(self, request: Request, response: Response) -> str | None:
        return 'Application/JSON;Charset="UTF-8"'


@conformant("field-retry-after-date", Pipeline.throttle, origin="blind-2")
def retry_after_date(self: Pipeline) -> None:
    """Every 40th request is answered 429 with a date in Retry-After."""
    if next(self._count) % 40 == 0:
        raise Refusal(429, "Too many requests", {"Retry-After": email.utils.formatdate(time.time(), usegmt=True)})


@conformant("field-slow-first-answer", origin="blind-2")
class SlowFirstAnswer(Pipeline):
    """The first response takes two seconds."""

    started = False

    def serve(self, request: Request) -> Response:
        if not self.started:
            self.started = True
            time.sleep(2)
        return super().serve(request)


@conformant("field-later-edition-served", Pipeline.serve, origin="blind-2")
def later_edition_served(self: Pipeline, request: Request) -> Response:
    """Operations of later editions, for users and customers of a unit, exist."""
    match = re.fullmatch("(/api/governance/business-units/[^/]+)/(users|customers)", request.path)
    if match is None or request.method != "GET":
        return Pipeline.serve(self, request)
    self.authorise(request)
    if self.operations.store.find(self.decoded(match[1].rpartition("/")[2])) is None:
        raise Refusal(404, "Business unit not found")
    return Response(200, {match[2]: [], "count": 0, "total_count": 0, "limit": 20, "offset": 0})


@conformant("field-entity-tags", Wire.headers, origin="blind-2")
def entity_tags(self: Wire, request: Request, response: Response) -> dict[str, str]:
    """Responses have a weak ETag, Vary and Last-Modified."""
    tag = hashlib.sha256(self.body(request, response)).hexdigest()[:16]
    modified = email.utils.formatdate(time.time(), usegmt=True)
    headers = Wire.headers(self, request, response)
    headers |= {"ETag": f'W/"{tag}"', "Last-Modified": modified, "Vary": "Accept", "Cache-Control": "no-cache"}
    return headers


@conformant("field-errors-close-connection", Wire.headers, origin="blind-2")
def errors_close_connection(self: Wire, request: Request, response: Response) -> dict[str, str]:
    """The server closes the connection after every refusal."""
    headers = Wire.headers(self, request, response)
    return {**headers, "Connection": "close"} if response.status >= 400 else headers


@conformant("third-balancer-sets-cookies", Wire.headers, origin="blind-3")
def balancer_sets_cookies(self: Wire, request: Request, response: Response) -> dict[str, str]:
    """Every response sets a cookie with a new value."""
    return {**Wire.headers(self, request, response), "Set-Cookie": f"lb={time.time_ns()}; Path=/; HttpOnly"}
