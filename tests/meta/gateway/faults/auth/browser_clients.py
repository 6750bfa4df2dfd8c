"""A server that takes requests of browsers for preflight requests."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("quiet-preflight-header-skips-guard", "must", origin="blind-10")
class PreflightHeaderSkipsGuard(Security):
    """The server checks no credential for a request with Access-Control-Request-Method, whatever its method is."""

    def allows(self, request: Request) -> bool:
        return "Access-Control-Request-Method" in request.headers or super().allows(request)
