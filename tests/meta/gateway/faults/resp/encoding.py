"""Servers that encode response bodies as something other than one JSON object."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...wire import Wire


@fault("json-inside-string", "must", Wire.encode)
def json_inside_string(self: Wire, payload: Any) -> bytes:
    """The response body is JSON encoded twice, as a string."""
    return Wire.encode(self, Wire.encode(self, payload).decode())


@fault("python-literals", "must", Wire.encode)
def python_literals(self: Wire, payload: Any) -> bytes:
    """The response body is a Python literal with single quotes."""
    return str(payload).encode()


@fault("trailing-bytes", "must", Wire.encode, proves=("RESP-04",))
def trailing_bytes(self: Wire, payload: Any) -> bytes:
    """The response body has a second JSON value."""
    return Wire.encode(self, payload) + b"\n{}"


@fault("byte-order-mark", "must", Wire.encode)
def byte_order_mark(self: Wire, payload: Any) -> bytes:
    """The response body begins with a byte order mark (RFC 8259, section 8.1)."""
    return b"\xef\xbb\xbf" + Wire.encode(self, payload)


@fault("latin-1", "must", Wire.encode)
def latin_1(self: Wire, payload: Any) -> bytes:
    """The response body is encoded in ISO 8859-1."""
    return Wire.encode(self, payload).decode().encode("latin-1", "replace")
