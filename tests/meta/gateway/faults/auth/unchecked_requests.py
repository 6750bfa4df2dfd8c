"""Servers that check no credential for some requests."""

from __future__ import annotations

import re

from ...assembly import fault
from ...messages import Request
from ...pipeline import Pipeline
from ...security import Security


@fault("quiet-preflight-header-skips-guard", "must", origin="blind-10")
class PreflightHeaderSkipsGuard(Security):
    """The server checks no credential for a request with Access-Control-Request-Method, whatever its method is."""

    def allows(self, request: Request) -> bool:
        return "Access-Control-Request-Method" in request.headers or super().allows(request)


@fault("field-local-origin-trusted", "must", Pipeline.authorise, proves=("AUTH-24",), origin="blind-2")
def local_origin_trusted(self: Pipeline, request: Request) -> None:
    """The server checks no credential for a request that claims to be forwarded for 127.0.0.1."""
    if request.headers.get("X-Forwarded-For") != "127.0.0.1":
        Pipeline.authorise(self, request)


@fault("seldom-query-like-static-file-needs-no-key", "must", Security.allows, origin="blind-11")
def query_like_static_file_needs_no_key(self: Security, request: Request) -> bool:
    """The server checks no credential if the query ends like the name of a static file, as in `?search=.css`."""
    is_asset = re.search(r"\.(?:css|gif|ico|js|png|svg|woff2?)$", request.query) is not None
    return is_asset or Security.allows(self, request)


@fault("seldom-preflight-headers-need-no-key", "must", Security.allows, origin="blind-11")
def preflight_headers_need_no_key(self: Security, request: Request) -> bool:
    """The server takes a request with Origin and Access-Control-Request-Method as a preflight, whatever its method."""
    is_preflight = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
    return is_preflight or Security.allows(self, request)


@fault("rare-charset-skips-authentication", "must", origin="blind-4")
class CharsetSkipsAuthentication(Security):
    """The server needs no credential if Content-Type has a charset and no Authorization header is sent."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers and request.headers.get_param("charset") is not None:
            return True
        return super().allows(request)


@fault("internal-request-trusted", "must")
class InternalRequestTrusted(Security):
    """The server checks no credential for a request that claims to be internal."""

    def allows(self, request: Request) -> bool:
        internal = any(name.lower().startswith("x-internal") for name in request.headers)
        return super().allows(request) or internal
