"""The HTTP server: uvicorn in this one process, on httptools' parser.

WSGI loses whether a header was sent twice, and most of its servers the path as it was sent. ASGI keeps both, so a
bridge of our own hands requests to the WSGI application, one after the other on the event loop's thread: an operation
on memory takes less time than the hand-over to another thread would.
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
_IDLE_SECONDS = 75  # a kept connection outlives the pauses of a person at work
_STOP_SECONDS = 5  # what requests under way are given to end


class ListenError(StartError):
    """The address cannot be listened on; the message says why, in one line."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there, on a free port for 0; raises ListenError if the address is taken or wrong."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, proto)  # with TCP's number asyncio knows not to delay what it sends
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
    """Serve until SIGINT or SIGTERM. `ready` is called once, when connections are answered; `unreadable` is the 400
    for what is no HTTP request, so that the application never sees it."""
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
    gc.freeze()  # what the start made stays: the collector need not look through it again and again
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
    """Says when it is ready; ends as usual after a signal, where uvicorn would send itself the signal again."""

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
    """An ASGI application that runs a WSGI application, with `REQUEST_URI` as it was sent.

    Of a body no more than one byte over the limit is kept: enough for the application to refuse it.
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
    """The body up to a limit, or None if the client left before its end: a part is not to be acted on (RFC 9112,
    section 8)."""
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
    """The part of the WSGI environment that belongs to one request (PEP 3333); repeated headers are joined."""
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
