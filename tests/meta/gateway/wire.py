"""Turns responses into bytes."""

from __future__ import annotations

import gzip
import json
import re
import time
from typing import Any

from .messages import Request, Response
from .settings import Settings

_ZERO = re.compile(r"q=0(\.0*)?")


def _accepts_gzip(request: Request) -> bool:
    """Whether the client accepts gzip. A weight of zero means that it does not (RFC 9110, section 12.4.2)."""
    codings = (one.partition(";") for one in request.headers.get("Accept-Encoding", "").lower().split(","))
    weights = {name.strip(): weight.replace(" ", "") for name, _, weight in codings}
    return "gzip" in weights and not _ZERO.fullmatch(weights["gzip"])


class Wire:
    """Writes responses as JSON over HTTP."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def status(self, request: Request, response: Response) -> int:
        """Return the status code of the response."""
        return response.status

    def body(self, request: Request, response: Response) -> bytes:
        """Return the bytes of the JSON value."""
        if response.payload is None:
            return b""
        return self.encode(response.payload)

    def encode(self, payload: Any) -> bytes:
        """Return a value as JSON text (RFC 8259); bytes are an HTML page."""
        if isinstance(payload, bytes):
            return payload
        text = json.dumps(payload, ensure_ascii=self.settings.escaped_unicode)
        return (text + "\n" * self.settings.trailing_newline).encode()

    def content_type(self, request: Request, response: Response) -> str | None:
        """Return the media type of the response, or None to send none."""
        return self.settings.content_type

    def headers(self, request: Request, response: Response) -> dict[str, str]:
        """Return the headers, except those of length and coding."""
        headers = {"Cache-Control": "no-store", **response.headers}
        media_type = self.content_type(request, response)
        if media_type is not None and response.payload is not None:
            headers.setdefault("Content-Type", media_type)
        if self.settings.cross_origin:
            headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
            headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            headers["Vary"] = "Origin"
        return headers

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body as sent, compressed if the client accepts it."""
        headers, body = self.headers(request, response), self.body(request, response)
        if body and self.settings.gzip and _accepts_gzip(request):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=1)
        return self.status(request, response), headers, body

    def now(self) -> float:
        """Return the time of the Date header, in seconds since 1970."""
        return time.time()

    def length(self, body: bytes) -> int:
        """Return the value of Content-Length."""
        return len(body)
