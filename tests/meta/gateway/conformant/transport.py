"""Conformant servers with unusual headers, timing or connections."""

from __future__ import annotations

import email.utils
import hashlib
import re
import time

from ..assembly import fault
from ..messages import Refusal, Request, Response
from ..pipeline import Pipeline
from ..wire import Wire


@fault("large-body-hangs-up", "HTTP", "conformant")
class LargeBodyHangsUp(Wire):
    """The server closes the connection when a body is larger than 100 kilobytes."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        if len(request.body) > 100_000:
            raise ConnectionAbortedError
        return super().message(request, response)


@fault("field-security-headers", "HTTP", "conformant", origin="blind-2")
class SecurityHeaders(Wire):
    """Responses have many more headers, all in lower case."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        headers = {name.lower(): value for name, value in super().headers(request, response).items()}
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


@fault("field-upper-case-headers", "HTTP", "conformant", origin="blind-2")
class UpperCaseHeaders(Wire):
    """Header names are in upper case, and the media type is in mixed case with a quoted charset."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        return {name.upper(): value for name, value in super().headers(request, response).items()}

    def content_type(self, request: Request, response: Response) -> str | None:
        return 'Application/JSON;Charset="UTF-8"'


@fault("field-retry-after-date", "HTTP", "conformant", origin="blind-2")
class RetryAfterDate(Pipeline):
    """Every 40th request is answered 429 with a date in Retry-After."""

    def throttle(self) -> None:
        if next(self._count) % 40 == 0:
            raise Refusal(429, "Too many requests", {"Retry-After": email.utils.formatdate(time.time(), usegmt=True)})


@fault("field-slow-first-answer", "HTTP", "conformant", origin="blind-2")
class SlowFirstAnswer(Pipeline):
    """The first response takes two seconds."""

    started = False

    def serve(self, request: Request) -> Response:
        if not self.started:
            self.started = True
            time.sleep(2)
        return super().serve(request)


@fault("field-later-edition-served", "HTTP", "conformant", origin="blind-2")
class LaterEditionServed(Pipeline):
    """Operations of later editions, for users and customers of a unit, exist."""

    def serve(self, request: Request) -> Response:
        match = re.fullmatch("(/api/governance/business-units/[^/]+)/(users|customers)", request.path)
        if match is None or request.method != "GET":
            return super().serve(request)
        self.authorise(request)
        if self.operations.store.find(self.decoded(match[1].rpartition("/")[2])) is None:
            raise Refusal(404, "Business unit not found")
        return Response(200, {match[2]: [], "count": 0, "total_count": 0, "limit": 20, "offset": 0})


@fault("field-entity-tags", "HTTP", "conformant", origin="blind-2")
class EntityTags(Wire):
    """Responses have a weak ETag, Vary and Last-Modified."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        tag = hashlib.sha256(self.body(request, response)).hexdigest()[:16]
        modified = email.utils.formatdate(time.time(), usegmt=True)
        headers = super().headers(request, response)
        headers |= {"ETag": f'W/"{tag}"', "Last-Modified": modified, "Vary": "Accept", "Cache-Control": "no-cache"}
        return headers


@fault("field-errors-close-connection", "HTTP", "conformant", origin="blind-2")
class ErrorsCloseConnection(Wire):
    """The server closes the connection after every refusal."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        headers = super().headers(request, response)
        return {**headers, "Connection": "close"} if response.status >= 400 else headers


@fault("third-balancer-sets-cookies", "HTTP", "conformant", origin="blind-3")
class BalancerSetsCookies(Wire):
    """Every response sets a cookie with a new value."""

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        return {**super().headers(request, response), "Set-Cookie": f"lb={time.time_ns()}; Path=/; HttpOnly"}
