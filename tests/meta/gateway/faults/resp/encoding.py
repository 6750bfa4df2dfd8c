"""Servers whose response bodies are not JSON."""

from __future__ import annotations

from typing import Any

from ...assembly import fault
from ...wire import Wire


@fault("json-inside-string", "RESP", "must")
class JsonInsideString(Wire):
    """The JSON is encoded twice: the body is a string."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(super().encode(payload).decode())


@fault("python-literals", "RESP", "must")
class PythonLiterals(Wire):
    """The body is written as Python writes it, with single quotes."""

    def encode(self, payload: Any) -> bytes:
        return str(payload).encode()


@fault("trailing-bytes", "RESP", "must", proves=("RESP-04",))
class TrailingBytes(Wire):
    """A second JSON value follows the first."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(payload) + b"\n{}"


@fault("byte-order-mark", "RESP", "must")
class ByteOrderMark(Wire):
    """The JSON begins with a byte order mark (RFC 8259, section 8.1)."""

    def encode(self, payload: Any) -> bytes:
        return b"\xef\xbb\xbf" + super().encode(payload)


@fault("latin-1", "RESP", "must")
class Latin1(Wire):
    """The JSON is in ISO 8859-1."""

    def encode(self, payload: Any) -> bytes:
        return super().encode(payload).decode().encode("latin-1", "replace")
