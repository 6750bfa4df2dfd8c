"""Servers that accept credentials on the management API as their inference API does."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security


@fault("quiet-key-in-provider-headers", "must", origin="blind-10")
class KeyInProviderHeaders(Security):
    """The server accepts the key in api-key or x-goog-api-key if there is no Authorization header."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers:
            return super().allows(request)
        return any(self.accepts(request, request.headers.get(name, "")) for name in ("api-key", "x-goog-api-key"))


@fault("quiet-virtual-key-for-escaped-paths", "must", origin="blind-10")
class VirtualKeyForEscapedPaths(Security):
    """The server accepts a virtual key as the bearer token if the path has a percent-encoded character."""

    def accepts(self, request: Request, token: str) -> bool:
        if "%" in request.path and self.same(token, self.credentials.virtual_key):
            return True
        return super().accepts(request, token)
