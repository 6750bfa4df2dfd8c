"""The HTTP server: uvicorn in one process, with the parser of httptools.

WSGI does not show whether a header was sent twice, and most WSGI servers do not keep the path as it was sent. ASGI
keeps both. The bridge in this module passes each request to the WSGI application on the thread of the event loop: an
operation in memory takes less time than a change of threads.
"""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Awaitable, Callable
from functools import lru_cache
from io import BytesIO
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.errors import StartError
from mock_server.urls import WsgiApp

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]
Answer = tuple[list[tuple[str, str]], bytes]  # headers and body
_BACKLOG = 2048  # uvicorn's own
_IDLE_SECONDS = 75  # longer than a developer pauses between two requests
_STOP_SECONDS = 5  # for requests in progress at the stop


class ListenError(StartError):
    """The server cannot listen on the address; the message says why in one line."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free port. Raises ListenError if the address is in use or wrong."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, proto)  # with the protocol number, asyncio sets TCP_NODELAY
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ListenError(f"cannot listen on {host} port {port}: {reason}") from None
    return listening


def serve(
    app: WsgiApp,
    listening: socket.socket,
    max_body_bytes: int,
    ready: Callable[[], None],
    unreadable: Answer = ([], b""),
) -> None:
    """Serve until SIGINT or SIGTERM.

    `ready` is called once, as soon as connections are accepted. `unreadable` is the 400 response to bytes that are not
    an HTTP request; such bytes never reach the application.
    """
    config = uvicorn.Config(
        bridge(app, listening.getsockname(), max_body_bytes),
        loop="asyncio",
        http=_protocol(*unreadable),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    gc.freeze()  # objects from the start live until the end: the garbage collector can ignore them
    _Server(config, ready).run([listening])


def _protocol(headers: list[tuple[str, str]], body: bytes) -> type[HttpToolsProtocol]:
    lines = [*headers, ("Content-Length", str(len(body))), ("Connection", "close")]
    head = "HTTP/1.1 400 Bad Request\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"

    class Protocol(HttpToolsProtocol):
        def send_400_response(self, msg: str) -> None:
            self.transport.write(head.encode("latin-1") + body)
            self.transport.close()

    return Protocol


class _Server(uvicorn.Server):
    """Calls `ready` when it accepts connections. Returns after a signal; uvicorn would send itself the signal again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def bridge(app: WsgiApp, address: tuple[Any, ...], max_body_bytes: int) -> Asgi:
    """Return an ASGI application that runs a WSGI application, with `REQUEST_URI` as it was sent.

    It keeps at most one byte more of a body than the limit, so that the application can refuse the body.
    """
    constant = {
        "SCRIPT_NAME": "",
        "SERVER_NAME": address[0],
        "SERVER_PORT": str(address[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        environ = {**constant, **_environ(scope)}
        announced = "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
        sent = await _body(receive, max_body_bytes + 1) if announced else b""
        if sent is None:
            return
        environ["wsgi.input"] = BytesIO(sent)
        started: list[Any] = []
        chunks = app(environ, lambda *head: started.extend(head))
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, headers = started[-2:]
        encoded = [_encoded(*header) for header in headers]
        await send({"type": "http.response.start", "status": int(status[:3]), "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    return answer


async def _body(receive: Receive, limit: int) -> bytes | None:
    """Return the body up to a limit, or None if the client disconnected before its end.

    An incomplete request must not be processed (RFC 9112, section 8).
    """
    kept = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(kept) < limit:
            kept += message.get("body", b"")
        if not message.get("more_body", False):
            return kept[:limit]


@lru_cache(maxsize=512)
def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("latin-1")


@lru_cache(maxsize=256)
def _environ_name(header: bytes) -> str:
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"


def _environ(scope: Message) -> dict[str, Any]:
    """Return the part of the WSGI environment that belongs to one request (PEP 3333). Repeated headers are joined."""
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": f"{path}?{query}" if query else path,
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
    }
    for header, value in scope["headers"]:
        name, text = _environ_name(header), value.decode("latin-1")
        environ[name] = f"{environ[name]},{text}" if name in environ else text
    return environ
