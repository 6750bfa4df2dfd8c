"""Reads the parts of a request that can carry a credential, for the faults of this area."""

from __future__ import annotations

import base64
import urllib.parse

from ...messages import Request


def authorization(request: Request) -> str:
    """Return the header Authorization, or an empty string."""
    return str(request.headers.get("Authorization", ""))


def scheme_and_token(request: Request) -> tuple[str, str]:
    """Return the scheme of the header Authorization in lower case, and the rest of the header."""
    scheme, _, rest = authorization(request).partition(" ")
    return scheme.lower(), rest.strip()


def token(request: Request) -> str:
    """Return what follows the scheme in the header Authorization."""
    return scheme_and_token(request)[1]


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """Return the user name and the password of Basic authentication (RFC 7617), or None without valid ones."""
    scheme, encoded = scheme_and_token(request)
    if scheme != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return user, password


def cookies(request: Request) -> dict[str, str]:
    """Return the percent-decoded value of each cookie by its name."""
    pairs = (part.strip().partition("=") for part in (request.headers.get("Cookie") or "").split(";"))
    return {name: urllib.parse.unquote(value) for name, _, value in pairs if name}


def query_values(request: Request) -> list[str]:
    """Return the values of all query parameters."""
    return [value for _, value in urllib.parse.parse_qsl(request.query)]
