"""The steps of a request: throttle, route, check the credential, run the operation, respond."""

from __future__ import annotations

import itertools
import re
import urllib.parse

from .messages import Refusal, Request, Response
from .operations import ROUTES, Operations
from .security import Security
from .settings import Settings
from .views import Views


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)))


METHODS = {method for method, _ in ROUTES.values()}
PATTERNS = [(operation, method, _pattern(template)) for operation, (method, template) in ROUTES.items()]


class Pipeline:
    """Responds to every request, with 500 after an internal error."""

    def __init__(self, settings: Settings, security: Security, operations: Operations, views: Views) -> None:
        self.settings = settings
        self.security = security
        self.operations = operations
        self.views = views
        self._count = itertools.count(1)

    def answer(self, request: Request) -> Response:
        """Return the response to a request. Never raises."""
        try:
            return self.serve(request)
        except Refusal as refusal:
            return self.refused(request, refusal)
        except Exception:  # noqa: BLE001 - the 500 response hides the cause
            return self.refused(request, Refusal(500, "Internal Server Error"))

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """Return the response to a refused request."""
        return Response(refusal.status, self.views.error(refusal.status, refusal.message), refusal.headers)

    def serve(self, request: Request) -> Response:
        """Return the response to a request. Raises Refusal."""
        self.throttle()
        allowed = self.route(request)
        if request.method == "OPTIONS" and self.settings.cross_origin:
            return Response(204, None, {"Access-Control-Allow-Methods": ", ".join(allowed or [])})
        if request.method not in METHODS and self.settings.unknown_methods == 501:
            raise Refusal(501, "Not implemented")
        if allowed is None and request.method == "GET" and self.settings.unknown_paths == "page":
            return Response(200, b"<!doctype html><title>Gateway</title>", {"Content-Type": "text/html"})
        self.authorise(request)
        if allowed is None:
            raise Refusal(404, "Not found")
        if request.operation is None:
            raise self.method_refusal(allowed)
        self.decode(request)
        return self.operations.run(request)

    def throttle(self) -> None:
        """Refuse one request in `throttle_every` with 429."""
        if self.settings.throttle_every and next(self._count) % self.settings.throttle_every == 0:
            raise Refusal(429, "Too many requests", {"Retry-After": str(self.settings.retry_after)})

    def route(self, request: Request) -> list[str] | None:
        """Find the operation and its raw path parameters. Return the methods of the path, or None if it is unknown."""
        allowed: list[str] | None = None
        for operation, method, pattern in PATTERNS:
            match = pattern.fullmatch(request.path)
            if match is None or (self.settings.missing_operations == "404" and operation not in self.settings.served):
                continue
            request.parameters = match.groupdict()
            allowed = allowed or []
            if self.settings.missing_operations == "none" or operation in self.settings.served:
                allowed.append(method)
                if method == request.method:
                    request.operation = operation
        return allowed

    def method_refusal(self, allowed: list[str]) -> Refusal:
        """Return the refusal of a method that the path does not serve (RFC 9110, section 15.5.6)."""
        return Refusal(405, "Method not allowed", {"Allow": ", ".join(allowed)})

    def authorise(self, request: Request) -> None:
        """Refuse a request without the key."""
        if not self.security.allows(request):
            status = self.settings.refusal_status
            headers = {"WWW-Authenticate": 'Bearer realm="management"'} if self.settings.authenticate_header else {}
            raise Refusal(status, self.security.refusal_message(request), headers)

    def decode(self, request: Request) -> None:
        """Percent-decode the path parameters (RFC 3986, section 2.1)."""
        request.parameters = {name: self.decoded(value) for name, value in request.parameters.items()}

    def decoded(self, segment: str) -> str:
        """Return the decoded path segment, or refuse it."""
        if not self.settings.lenient and re.search(r"%(?![0-9A-Fa-f]{2})", segment):
            raise Refusal(400, "Invalid encoding of an identifier")
        try:
            return urllib.parse.unquote_to_bytes(segment.encode("latin-1")).decode()
        except UnicodeDecodeError as error:
            raise Refusal(400, "Invalid encoding of an identifier") from error
