"""Authentication."""

from __future__ import annotations

import hmac

from .messages import Request
from .settings import Credentials, Settings


class Security:
    """Accepts requests that carry the management API key as a bearer token."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self.settings = settings
        self.credentials = credentials

    def allows(self, request: Request) -> bool:
        """Return whether the request carries the key as a bearer token (RFC 6750, section 2.1)."""
        values = request.headers.get_all("Authorization") or []
        if len(values) != 1:
            return False
        scheme, _, token = values[0].partition(" ")
        expected = scheme if self.settings.scheme_case_sensitive else scheme.title()
        return expected == "Bearer" and self.accepts(request, token.lstrip(" "))

    def accepts(self, request: Request, token: str) -> bool:
        """Return whether this bearer token is the management API key."""
        return self.same(token, self.credentials.api_key)

    def same(self, token: str, secret: str) -> bool:
        """Compare in constant time. An empty secret equals no value."""
        return bool(secret) and hmac.compare_digest(token.encode("utf-8", "replace"), secret.encode())

    def refusal_message(self, request: Request) -> str:
        """Return the error message, which is the same for every credential."""
        return "Unauthorized"
