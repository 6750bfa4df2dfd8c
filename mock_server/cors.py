"""CORS: which web pages may call the mock from a browser (Fetch standard)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@A-Z]+", re.ASCII)
_LOOPBACK = re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.ASCII)
_HEADERS = ("Authorization", "Content-Type")
Headers = list[tuple[str, str]]


def is_origin(text: str) -> bool:
    """Return whether browsers send such an origin: `null`, or scheme, lower-case host and port, without a path."""
    return text == "null" or _ORIGIN.fullmatch(text) is not None


class CrossOrigin:
    """The CORS headers for allowed origins: loopback hosts on any port, and the origins that were named."""

    def __init__(self, origins: Iterable[str], methods: Iterable[str], headers: Iterable[str] = ()) -> None:
        """Allow loopback origins and these (`null` for pages from files).

        Preflight requests are told these methods, and these headers besides the usual ones.
        """
        self._origins = frozenset(origins)
        self._preflight = [
            ("Access-Control-Allow-Methods", ", ".join(sorted(methods))),
            ("Access-Control-Allow-Headers", ", ".join([*_HEADERS, *sorted(headers)])),
            ("Access-Control-Max-Age", "600"),
        ]

    def headers(self, origin: str | None) -> Headers:
        """Return the headers for each response to a request from `origin`; None if the request names no origin."""
        if origin is None:
            return []
        if self._allows(origin):
            return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        return [("Vary", "Origin")]

    def preflight_headers(self, origin: str) -> Headers:
        """Return the additional headers for the response to a preflight request from `origin`."""
        return self._preflight if self._allows(origin) else []

    def _allows(self, origin: str) -> bool:
        return origin in self._origins or _LOOPBACK.fullmatch(origin) is not None
