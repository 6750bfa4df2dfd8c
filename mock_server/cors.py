"""Which web pages may call the mock from a browser (the CORS protocol of the Fetch standard)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@A-Z]+", re.ASCII)
_LOOPBACK = re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.ASCII)
_PREFLIGHT = [
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Max-Age", "600"),
]
Headers = list[tuple[str, str]]


def is_origin(text: str) -> bool:
    """Whether this is an origin as browsers send it: `null`, or scheme, host in lower case and port, without a path."""
    return text == "null" or _ORIGIN.fullmatch(text) is not None


class CrossOrigin:
    """Answers browsers on allowed origins: loopback hosts on any port, and those that were named."""

    def __init__(self, origins: Iterable[str], methods: Iterable[str]) -> None:
        """Allow these further origins (`null` for pages from files), and these methods in preflight answers."""
        self._origins = frozenset(origins)
        self._preflight = [("Access-Control-Allow-Methods", ", ".join(sorted(methods))), *_PREFLIGHT]

    def headers(self, origin: str | None) -> Headers:
        """Headers for every answer to a request from `origin`; None is no page at all."""
        if origin is None:
            return []
        if self._allows(origin):
            return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        return [("Vary", "Origin")]

    def preflight_headers(self, origin: str) -> Headers:
        """Headers besides for the answer to a preflight request from `origin`."""
        return self._preflight if self._allows(origin) else []

    def _allows(self, origin: str) -> bool:
        return origin in self._origins or _LOOPBACK.fullmatch(origin) is not None
