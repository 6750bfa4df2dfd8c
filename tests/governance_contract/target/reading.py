"""How a response is read: past interim responses, within a time limit, up to a size, and decoded."""

from __future__ import annotations

import http.client
import io
import socket
import time
import zlib
from contextlib import suppress
from typing import Any

import urllib3

MOST_BYTES = 16 * 2**20
"""The largest body that is read, before and after decoding. No response of the contract comes near it."""
_PIECE = 2**18
_MOST_INTERIM = 100


class TimedResponse(http.client.HTTPResponse):
    """A response that has to be complete within the timeout of its socket, which otherwise bounds a single read.

    Interim responses are read past (RFC 9110 section 15.2); http.client knows only 100.
    """

    def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
        """Start the time limit."""
        super().__init__(sock, *arguments, **options)
        timeout = sock.gettimeout()
        if timeout is not None:
            self.fp.close()
            self.fp = io.BufferedReader(_TimedReader(sock, timeout))

    def _read_status(self) -> tuple[str, int, str]:
        read_status = super()._read_status  # type: ignore[misc]  # the stubs leave it out
        for _ in range(_MOST_INTERIM):
            version, status, reason = read_status()
            # 101 switches to another protocol and is final.
            if not 100 < status < 200 or status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                break
            http.client.parse_headers(self.fp)
        return version, status, reason


class _TimedReader(io.RawIOBase):
    """Reads from a socket until a deadline."""

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        self._sock, self._timeout = sock, timeout
        self._raw: Any = sock.makefile("rb", buffering=0)
        self._deadline = time.monotonic() + timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)  # type: ignore[no-any-return]  # the raw file has no type

    def close(self) -> None:
        if not self.closed:
            with suppress(OSError):  # the socket may be closed
                self._sock.settimeout(self._timeout)
            self._raw.close()
        super().close()


def read_body(answer: urllib3.BaseHTTPResponse) -> tuple[bytes, str]:
    """Return the decoded body of a response, and what is wrong with it.

    The text is empty if the body is complete and has the coding that its label names. If it is not, the body is what
    was read, as it was sent.

    Raises:
        urllib3.exceptions.HTTPError: the connection was closed before the end of the body.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := answer.read(_PIECE, decode_content=False):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                answer.close()
                return b"".join(pieces), f"a body of more than {MOST_BYTES // 2**20} MiB"
    except urllib3.exceptions.ReadTimeoutError:
        answer.close()
        return b"".join(pieces), f"a body that was not complete in time, after {size} bytes"
    finally:
        answer.release_conn()
    return _decoded(b"".join(pieces), answer.headers.get("content-encoding", "").strip().lower())


def _decoded(body: bytes, coding: str) -> tuple[bytes, str]:
    """Return a body without its content coding (RFC 9110 section 8.4), as for ``read_body``."""
    if coding not in ("gzip", "x-gzip", "deflate") or not body:
        return body, ""
    # 47 finds out whether the data is in the format of gzip or of zlib; some servers send deflate without either.
    for window in (47, -15) if coding == "deflate" else (31,):
        decoder = zlib.decompressobj(window)
        with suppress(zlib.error):
            decoded = decoder.decompress(body, MOST_BYTES)
            if decoder.unconsumed_tail:
                return decoded, f"a body of more than {MOST_BYTES // 2**20} MiB after decoding"
            if decoder.eof:
                return decoded, ""
    return body, f"a body that is not {coding}, although Content-Encoding says so"
