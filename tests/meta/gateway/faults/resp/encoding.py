"""Servers whose response bodies are not JSON."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...wire import Wire


@fault("json-inside-string", "RESP", "must")
class JsonInsideString(Wire):
    """The response body is JSON encoded twice, as a string."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(super().encode(payload).decode())


@fault("python-literals", "RESP", "must")
class PythonLiterals(Wire):
    """The response body is a Python literal with single quotes."""

    def encode(self, payload: Any) -> bytes:
        return str(payload).encode()


@fault("trailing-bytes", "RESP", "must", proves=("RESP-04",))
class TrailingBytes(Wire):
    """The response body has a second JSON value."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(payload) + b"\n{}"


@fault("byte-order-mark", "RESP", "must")
class ByteOrderMark(Wire):
    """The response body begins with a byte order mark (RFC 8259, section 8.1)."""

    def encode(self, payload: Any) -> bytes:
        return b"\xef\xbb\xbf" + super().encode(payload)


@fault("latin-1", "RESP", "must")
class Latin1(Wire):
    """The response body is encoded in ISO 8859-1."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(payload).decode().encode("latin-1", "replace")
