"""A proxy between the checks and a server: keeps what was asked, and may go away in the middle of it."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Proxy:
    """What passed a proxy so far."""

    url: str = ""
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Method, path with query, body."""
    reached: threading.Event = field(default_factory=threading.Event)
    """Set once so many requests passed as was asked for."""


@contextmanager
def proxying(target: str, *, notice_at: int = 0, vanish_at: int = 0) -> Iterator[Proxy]:
    """Forward requests to the server at a URL.

    Args:
        target: a base URL without a path.
        notice_at: after so many requests ``reached`` is set.
        vanish_at: after so many requests nobody answers any more.
    """
    proxy, upstream = Proxy(), urlsplit(target)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            proxy.requests.append((self.command, self.path, body))
            if vanish_at and len(proxy.requests) > vanish_at:
                self._vanish()
                return
            if notice_at and len(proxy.requests) >= notice_at:
                proxy.reached.set()
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            with closing(http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=30)) as connection:
                connection.request(self.command, self.path, body or None, headers)
                answer = connection.getresponse()
                content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # whoever is stopped waits for no answer
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = forward  # noqa: N815  http.server's names

        def _vanish(self) -> None:
            server.socket.close()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it so
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        yield proxy
        server.shutdown()


def _serve(server: http.server.ThreadingHTTPServer) -> None:
    with suppress(OSError, ValueError):  # the listening socket may be closed on purpose
        server.serve_forever(poll_interval=0.05)
