"""The HTTP server: granian in this one process.

WSGI as granian speaks it loses the path as it was sent and whether a header was sent twice. Its ASGI keeps both, so a
bridge of our own hands requests to the WSGI application, one after the other on the event loop's thread: an operation
on memory takes less time than the hand-over to another thread would.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from functools import lru_cache
from io import BytesIO
from typing import Any

from mock_server.errors import StartError
from mock_server.urls import WsgiApp

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_PROBE_SECONDS = 0.002


class ListenError(StartError):
    """The address cannot be listened on; the message says why, in one line."""


def free_address(host: str, port: int) -> tuple[str, int]:
    """The numeric address and the port to listen on, a free one for port 0; raises ListenError if it is taken.

    granian listens with SO_REUSEPORT, with which two servers would share a port unnoticed: this looks first.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
            name = probe.getsockname()
            return name[0], name[1]
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ListenError(f"cannot listen on {host} port {port}: {reason}") from None


def serve(app: WsgiApp, address: tuple[str, int], max_body_bytes: int, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is called once, when connections are accepted."""
    gc.freeze()  # what the start made stays: the collector need not look through it again and again
    asyncio.run(_serve(app, address, max_body_bytes, ready))


async def _serve(app: WsgiApp, address: tuple[str, int], max_body_bytes: int, ready: Callable[[], None]) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.server.embed import Server

    server = Server(
        bridge(app, address, max_body_bytes),
        address=address[0],
        port=address[1],
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    serving = asyncio.create_task(server.serve())
    announcing = asyncio.create_task(_announce(address, ready))
    await serving
    announcing.cancel()


async def _announce(address: tuple[str, int], ready: Callable[[], None]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(*address)
        except OSError:
            await asyncio.sleep(_PROBE_SECONDS)
        else:
            writer.close()
            ready()
            return


def bridge(
    app: WsgiApp, address: tuple[str, int], max_body_bytes: int
) -> Callable[[Message, Receive, Send], Awaitable[None]]:
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
