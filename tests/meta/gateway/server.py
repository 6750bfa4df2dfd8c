"""The HTTP server: it reads each request completely, responds and keeps the connection open."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from .assembly import Gateway
from .messages import Refusal, Request, Response

LARGEST_BODY = 2**20
_PIECE = 2**16


class Server(ThreadingHTTPServer):
    """Serves one gateway on 127.0.0.1; `stop` closes its connections as well."""

    daemon_threads = False  # so that server_close() waits for them
    request_queue_size = 128

    def __init__(self, gateway: Gateway, port: int, handler: type[Handler] | None = None) -> None:
        self.gateway = gateway
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), handler or Handler)

    @property
    def url(self) -> str:
        """The URL for clients, with the base path."""
        return f"http://127.0.0.1:{self.server_port}{self.gateway.settings.base_path}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Register the connection and serve it in a thread."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Stop serving, end every connection and wait for its thread."""
        self.shutdown()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore the error if a client has closed the connection."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client has closed it already
        connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    disable_nagle_algorithm = True
    wbufsize = -1  # one write for head and body

    def setup(self) -> None:
        """Read the settings of the gateway."""
        super().setup()
        self.gateway = cast(Server, self.server).gateway
        self.protocol_version = self.gateway.settings.http_version
        self.memory: dict[str, bool] = {}

    def handle_one_request(self) -> None:
        """Read a request with any method and respond."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if not self.parse_request():
            return  # send_error has responded
        try:
            body = self.read_body()
        except ValueError:
            self.send_error(400)
            return
        request = self.request_of(body)
        time.sleep(self.gateway.settings.delay)
        self.send(request, self.answer(request))

    def request_of(self, body: bytes) -> Request:
        """Return the request without the base path."""
        path, _, query = self.path.partition("?")
        too_large = len(body) > LARGEST_BODY
        return Request(self.command, path, query, self.headers, body, too_large, self.memory)

    def answer(self, request: Request) -> Response:
        """Return the gateway's response, or a 404 outside the base path."""
        base = self.gateway.settings.base_path
        if not request.path.startswith(f"{base}/"):
            return self.gateway.pipeline.refused(request, Refusal(404, "Not found"))
        request.path = request.path[len(base) :]
        return self.gateway.pipeline.answer(request)

    def read_body(self) -> bytes:
        """Read the whole body, but keep little more than the size limit. Raises ValueError if framing is invalid."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_chunks()
        return self.read_bytes(_length(self.headers.get("Content-Length", "0"), 10))

    def read_chunks(self) -> bytes:
        """Read a chunked body (RFC 9112, section 7.1)."""
        body = b""
        while size := _length(self.rfile.readline(1024).partition(b";")[0].decode("latin-1").strip(), 16):
            chunk = self.read_bytes(size)
            body = body if len(body) > LARGEST_BODY else body + chunk
            self.rfile.readline(3)
        while self.rfile.readline(65537) not in (b"\r\n", b"\n", b""):
            pass
        return body

    def read_bytes(self, length: int) -> bytes:
        """Read `length` bytes and keep at most one piece more than the size limit."""
        pieces, kept = [], 0
        while length:
            piece = self.rfile.read(min(length, _PIECE))
            if not piece:
                raise ValueError("the body ended early")
            length -= len(piece)
            if kept <= LARGEST_BODY:
                pieces.append(piece)
                kept += len(piece)
        return b"".join(pieces)

    def send(self, request: Request, response: Response) -> None:
        """Send a response."""
        wire, settings = self.gateway.wire, self.gateway.settings
        status, headers, body = wire.message(request, response)
        chunked = settings.chunked and self.request_version == "HTTP/1.1" and status != 204
        if settings.close_connection:
            self.close_connection = True
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif status != 204:
            self.send_header("Content-Length", str(wire.length(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(_chunks(body) if chunked else body)
        self.wfile.flush()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Respond to a message that is not HTTP and close the connection."""
        self.close_connection = True
        self.request_version = getattr(self, "request_version", "") or "HTTP/1.1"
        request = Request("GET", "", "", Message(), b"")
        self.send(request, self.gateway.pipeline.refused(request, Refusal(400, "Malformed request")))

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the value of the Date header."""
        return super().date_time_string(self.gateway.wire.now() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        """Log nothing."""


def _length(text: str, base: int) -> int:
    """Return a length of the framing. Only digits are allowed; int() would also accept signs and underscores."""
    if not text.isalnum():
        raise ValueError("not a length")
    return int(text, base)


def _chunks(body: bytes) -> bytes:
    """Return the body in chunks of 100 bytes (RFC 9112, section 7.1)."""
    pieces = [body[start : start + 100] for start in range(0, len(body), 100)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@contextlib.contextmanager
def serving(
    gateway: Gateway, port: int = 0, *, server_class: type[Server] = Server, handler: type[Handler] | None = None
) -> Iterator[Server]:
    """Serve a gateway from a thread until the block ends. Port 0 selects a free port."""
    server = server_class(gateway, port, handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
