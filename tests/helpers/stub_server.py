"""An HTTP server on a free local port. The test chooses its responses."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A request as the server received it."""

    method: str
    target: str
    """The request target: path and query, or for a proxy the whole URL or host and port."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True)
class Response:
    """What to send back; Content-Length is added."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class StubServer:
    """A running server."""

    def __init__(self, server: http.server.HTTPServer, scheme: str) -> None:
        self._server = server
        self.port = server.server_port
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.requests: list[Request] = []
        """Every request so far, in the order of arrival."""

    def refuse_connections(self) -> None:
        """Stop listening: the operating system refuses every further connection. Open ones stay open."""
        self._server.shutdown()
        self._server.server_close()


Respond = Callable[[Request], Response | None]
"""Returns the response to a request; None closes the connection without one."""


@contextmanager
def stub_server(respond: Respond, *, tls: ssl.SSLContext | None = None) -> Iterator[StubServer]:
    """Serve HTTP/1.1 on 127.0.0.1 until the block ends; each connection has its own thread.

    Args:
        respond: called for each request, from several threads at the same time.
        tls: the TLS context of the server; plain HTTP if None.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write for head and body: the second of two waits for the client's delayed acknowledgement

        def handle_request(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, body)
            stub.requests.append(request)
            response = respond(request)
            if response is None:
                self.close_connection = True
                return
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_CONNECT = handle_request  # noqa: N815  http.server's names

        def handle(self) -> None:
            with suppress(ConnectionError):  # a client that was stopped does not read its response
                super().handle()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        stub = StubServer(server, "http" if tls is None else "https")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield stub
        finally:
            server.shutdown()


def always(status: int, body: bytes = b"", **headers: str) -> Respond:
    """Return a ``Respond`` that sends the same response to every request; ``_`` in a header's name becomes ``-``."""
    response = Response(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
    return lambda request: response
