"""Where one request ends and the next begins (RFC 9112, sections 2.2, 6 and 7).

The parser (llhttp) judges every piece. `Framing` only makes sure that a piece never reaches past the end of a request:
what follows a request is read after its response, and no byte of a body can become a request.
"""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus

from mock_server.wsgi import TOKEN

MAX_HEAD_BYTES = 64 * 1024
REQUEST_SECONDS = 60.0
"""The default time from the first byte of a request to its last."""
_MAX_LINE_BYTES = 4096  # of a chunk's size with its extensions
_REQUEST_LINE = re.compile(rb"%b [!-~\x80-\xff]+ HTTP/1\.[01]\r\n" % TOKEN.encode())
IGNORED_UPGRADE = b"Upgrade-Ignored"
"""The name of the field `Upgrade` on its way to the parser."""
_UPGRADE = re.compile(rb"^upgrade(?=[ \t]*:)", re.IGNORECASE | re.MULTILINE)
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}(?:;[^\r\n]*)?\r\n")
_TRAILER = re.compile(rb"%b:[^\r\n\0]*\r\n" % TOKEN.encode())
_FIELD = re.compile(rf"{TOKEN}:[\t\x20-\x7e\x80-\xff]*")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+;=%-]+)(?::[0-9]*)?")


class BadRequestError(ValueError):
    """The bytes are not an HTTP request, or its end is ambiguous."""


class Framing:
    """Cuts the bytes of a connection into pieces for the parser."""

    def __init__(self) -> None:
        """Expect a request."""
        self._step = self._head
        self._left = 0
        self._trailer_bytes = 0

    def next(self, unread: bytearray) -> bytes:
        """Take the next piece from the front of `unread`; empty if more bytes are needed. Raises BadRequestError."""
        return self._step(unread)

    def body(self, length: int, *, chunked: bool) -> None:
        """Expect the body of the request whose head was the last piece."""
        self._left = length
        self._trailer_bytes = 0
        if chunked:
            self._step = self._size
        elif length:
            self._step = self._fixed

    def _head(self, unread: bytearray) -> bytes:
        while unread.startswith(b"\r\n"):  # RFC 9112, section 2.2
            del unread[:2]
        end = unread.find(b"\r\n\r\n") + 4
        if end > MAX_HEAD_BYTES or (end < 4 and len(unread) > MAX_HEAD_BYTES):
            raise BadRequestError("the header is too long")
        if (end >= 4 or b"\n" in unread) and not _REQUEST_LINE.match(unread):
            raise BadRequestError("no request line")
        if end < 4:
            if unread and unread != b"\r" and unread[0] < 0x21:
                raise BadRequestError("no request line")
            return b""
        head = _take(unread, end)
        if not head.count(b"\r") == head.count(b"\n") == head.count(b"\r\n"):
            raise BadRequestError("a line ends without CR LF")
        # An offer to upgrade that is not taken is ignored (RFC 9110, section 7.8); llhttp would end the request here.
        return _UPGRADE.sub(IGNORED_UPGRADE, head)

    def _fixed(self, unread: bytearray) -> bytes:
        piece = _take(unread, self._left)
        self._left -= len(piece)
        if not self._left:
            self._step = self._head
        return piece

    def _size(self, unread: bytearray) -> bytes:
        line = _line(unread)
        if line and not _SIZE.fullmatch(line):
            raise BadRequestError("not the size of a chunk")
        if line:
            size = int(line.partition(b";")[0], 16)
            self._left = size + 2  # with CR LF, which the parser checks
            self._step = self._chunk if size else self._trailer
        return line

    def _chunk(self, unread: bytearray) -> bytes:
        piece = self._fixed(unread)
        if not self._left:
            self._step = self._size
        return piece

    def _trailer(self, unread: bytearray) -> bytes:
        """Drop the trailer fields (RFC 9112, section 7.1.2)."""
        while line := _line(unread):
            if line == b"\r\n":
                self._step = self._head
                return line
            self._trailer_bytes += len(line)
            if not _TRAILER.fullmatch(line) or self._trailer_bytes > MAX_HEAD_BYTES:
                raise BadRequestError("not a trailer field")
        return b""


def body_of(headers: list[tuple[bytes, bytes]], version: str) -> tuple[int, bool]:
    """Return the length of the body and whether it is chunked; the parser has checked the fields one by one.

    Raises:
        BadRequestError: RFC 9112 does not allow this header: section 3.2 (Host), or 6.1 and 6.2 (length).
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version == "1.1") or not all(map(_HOST.fullmatch, hosts)):
        raise BadRequestError("the request needs one valid Host header")
    lengths = [value for name, value in headers if name == b"content-length"]
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1 or (codings and (codings != [b"chunked"] or version == "1.0")):
        raise BadRequestError("the length of the body is ambiguous")
    if lengths and not (lengths[0].isdigit() and len(lengths[0]) < 19):
        raise BadRequestError("Content-Length is not a number")
    return int(lengths[0]) if lengths else 0, bool(codings)


@lru_cache(maxsize=512)
def response_head(status: int, headers: tuple[tuple[str, str], ...], length: int) -> bytes | None:
    """Return the head of a response without the empty line, or None if a body of this length needs other framing."""
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, '')}"]
    is_framed = False
    for name, value in headers:
        lower = name.lower()
        if lower in ("connection", "transfer-encoding") or not _FIELD.fullmatch(f"{name}:{value}"):
            return None
        is_framed = is_framed or (lower == "content-length" and value == str(length))
        lines.append(f"{lower}: {value}")
    return "\r\n".join([*lines, ""]).encode("latin-1") if is_framed else None


def _take(unread: bytearray, count: int) -> bytes:
    piece = bytes(unread[:count])
    del unread[:count]
    return piece


def _line(unread: bytearray) -> bytes:
    end = unread.find(b"\n", 0, _MAX_LINE_BYTES) + 1
    if not end and len(unread) >= _MAX_LINE_BYTES:
        raise BadRequestError("a line is too long")
    return _take(unread, end)
