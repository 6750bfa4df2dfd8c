"""What the parts of the mock share of WSGI (PEP 3333) and HTTP, and the keys that they add to the environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods whose requests change nothing (RFC 9110, section 9.2.1)."""
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  a grammar, not a secret
"""A regular expression of a method or of the name of a field (RFC 9110, section 5.6.2)."""


def environ_name(field: str) -> str:
    """Return the name of a header field in the environment, such as HTTP_X_API_KEY."""
    return f"HTTP_{field.upper().replace('-', '_')}"


CONTROL_KEY_FIELD = environ_name("X-Mock-Control-Key")
"""The header field of the key of control, in the environment."""
SANDBOX_KEY = "mock.sandbox"
"""The sandbox of the request."""
FORCED_KEY = "mock.forced"
"""What was forced for the request, in words; absent if nothing was."""
ROUTE_KEY = "mock.route"
"""The id of the operation that the request addresses, and the texts of its path parameters; absent without one."""
REFUSAL_KEY = "mock.refusal"
"""Why the API refused the request (`problems.Refusal`); absent if it did not."""
DELIVERS_KEY = "mock.delivers"
"""Present if the server can deliver a response late, cut or slowly."""
DELIVERY_KEY = "mock.delivery"
"""How the response is delivered (`http.delivery.Delivery`), if it is not delivered as usual."""
RECORDED_KEY = "mock.recorded"
"""A list that gets the journal's entry of the request; absent if nobody asks for it."""
DRAWN_KEY = "mock.drawn"
"""A list that keeps what chaos drew for a request, if the server may pass the request to the application twice."""


def media_type(environ: Mapping[str, Any]) -> str:
    """Return the media type of a request in lower case, without its parameters; empty without Content-Type."""
    content_type: str = environ.get("CONTENT_TYPE", "")
    return content_type.partition(";")[0].strip().lower()


def whole_body(chunks: Iterable[bytes]) -> bytes:
    """Return the body of a response, and close its iterable (PEP 3333)."""
    try:
        return b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


def json_bytes(body: Any) -> bytes:
    """Return a body as every JSON response of the mock has it: one line in UTF-8."""
    return f"{_encode(body)}\n".encode()
