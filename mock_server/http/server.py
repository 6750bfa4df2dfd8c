"""The HTTP server: uvicorn in one process, with the parser of httptools.

WSGI does not show whether a header was sent twice, and most WSGI servers do not keep the path as it was sent. ASGI
keeps both. The bridge in this module passes each request to the WSGI application on the thread of the event loop: an
operation in memory takes less time than a change of threads. With a store that waits for a disk, a lock or a network,
the application runs on other threads, so that the connections of other requests go on.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from time import perf_counter
from types import FrameType
from typing import Any
from urllib.parse import unquote

import uvicorn

from mock_server.errors import StartError
from mock_server.http.connection import HeadersAndBody, RequestState, protocol
from mock_server.http.delivery import Delivery, deliver
from mock_server.http.framing import IGNORED_UPGRADE, REQUEST_SECONDS, response_head
from mock_server.wsgi import DELIVERS_KEY, DELIVERY_KEY, DRAWN_KEY, SAFE_METHODS, WsgiApp, whole_body

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]
Result = tuple[int, list[tuple[str, str]], bytes]  # status, headers and body
_BACKLOG = 2048  # uvicorn's own
_IDLE_SECONDS = 75  # longer than a developer pauses between two requests
_STOP_SECONDS = 5  # for requests in progress at the stop
_USUAL = Delivery()
_ATTEMPTS = 5  # to find a port that is free on both loopback addresses


class ListenError(StartError):
    """The server cannot listen on the address; the message says why in one line."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Return the listening sockets, all on one port; port 0 takes a free port.

    `localhost` means both loopback addresses, since clients differ in which one they try first. Raises ListenError if
    the address is in use or wrong.
    """
    if host != "localhost":
        return [_listen(host, port)]
    sockets = [_listen("127.0.0.1", port)]
    for attempt in range(_ATTEMPTS):
        try:
            return [*sockets, _listen("::1", sockets[0].getsockname()[1])]
        except ListenError:
            if not _has_ipv6():
                return sockets
            sockets[0].close()
            if port or attempt == _ATTEMPTS - 1:
                raise
            sockets = [_listen("127.0.0.1", 0)]
    return sockets


def _has_ipv6() -> bool:
    try:
        _listen("::1", 0).close()
    except ListenError:
        return False
    return True


def _listen(host: str, port: int) -> socket.socket:
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
    listening: Sequence[socket.socket],
    max_body_bytes: int,
    ready: Callable[[], None],
    error_responses: Callable[[int, str], HeadersAndBody] = lambda status, message: ([], b""),
    *,
    request_timeout: float = REQUEST_SECONDS,
    log: Callable[[str], None] | None = None,
    threads: int = 0,
    alive: int | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, or until the file descriptor `alive` can be read.

    `ready` is called once, as soon as connections are accepted. `error_responses` makes the response, by status and
    message, to bytes that are not an HTTP request or that never complete one in `request_timeout` seconds; they never
    reach the application. `log` gets one line for each response. `threads` is the number of requests that read, and of
    those that write, that may wait at the same time; with 0, each request is processed on the thread of the event loop.
    With `tls`, the server speaks HTTPS.
    """
    caller = _Threads(app, threads, error_responses) if threads else _Inline(app)
    config = uvicorn.Config(
        bridge(caller, listening[0].getsockname(), max_body_bytes, log, "https" if tls else "http"),
        loop="asyncio",
        http=protocol(error_responses, request_timeout, log),
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
    config.load()
    config.ssl = tls
    try:
        _Server(config, ready, alive).run(list(listening))
    finally:
        caller.close()


class _Server(uvicorn.Server):
    """Calls `ready` when it accepts connections. Returns after a signal; uvicorn would send itself the signal again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], alive: int | None) -> None:
        super().__init__(config)
        self._ready, self._alive = ready, alive

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._alive is not None:
            asyncio.get_running_loop().add_reader(self._alive, self._stop)
        self._ready()

    def _stop(self) -> None:
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


class _BodyNeeded(BaseException):
    """The application reads a body that the client sends only after a 100; not an Exception, which Flask handles."""


class _Unsent:
    """The input of a request whose client waits for a 100."""

    def read(self, *_: object) -> bytes:
        raise _BodyNeeded

    readline = readlines = readinto = __iter__ = read


class _Inline:
    """Calls the application on the thread of the event loop."""

    threaded = False

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    async def call(self, environ: dict[str, Any]) -> Result | None:
        return _answer(self._app, environ)

    def close(self) -> None:
        """Nothing to end."""


class _Threads:
    """Calls the application on other threads. Reads have their own, since all others may wait for one lock."""

    threaded = True

    def __init__(self, app: WsgiApp, count: int, error_responses: Callable[[int, str], HeadersAndBody]) -> None:
        self._app, self._error_responses = app, error_responses
        self._readers, self._writers = ThreadPoolExecutor(count, "reader"), ThreadPoolExecutor(count, "writer")

    async def call(self, environ: dict[str, Any]) -> Result | None:
        pool = self._readers if environ["REQUEST_METHOD"] in SAFE_METHODS else self._writers
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, _answer, self._app, environ)
        except asyncio.CancelledError:  # the time for the stop is over
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            return status, *self._error_responses(status, "The mock stops")

    def close(self) -> None:
        """Drop the requests that have not begun: nobody waits for their responses."""
        for pool in (self._readers, self._writers):
            pool.shutdown(wait=False, cancel_futures=True)


def bridge(
    caller: _Inline | _Threads,
    address: tuple[Any, ...],
    max_body_bytes: int,
    log: Callable[[str], None] | None = None,
    scheme: str = "http",
) -> Asgi:
    """Return an ASGI application that runs a WSGI application, with `REQUEST_URI` as it was sent.

    It keeps at most one byte more of a body than the limit, so that the application can refuse the body.
    """
    constant = _constant_environ(address, scheme, threaded=caller.threaded)

    async def respond(scope: Message, receive: Receive, send: Send) -> None:
        environ = last_environ = constant | _environ(scope)  # the one of the last call
        began = perf_counter()
        response = None
        state: RequestState = scope["state"]
        if state["expects"]:
            last_environ = environ | {"wsgi.input": _Unsent()}
            response = await caller.call(last_environ)
        if response is not None:  # the client may or may not send the body: the connection cannot go on
            response[1].append(("Connection", "close"))
        else:
            announced = "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
            sent = await _body(receive, max_body_bytes + 1) if announced else b""
            if sent is None:
                return
            began = perf_counter()
            last_environ = environ
            last_environ["wsgi.input"] = BytesIO(sent)
            response = await caller.call(last_environ)
            if response is None:
                raise RuntimeError("the application asks for a body that was sent")
        status, headers, body = response
        head = None if DELIVERY_KEY in last_environ else response_head(status, tuple(headers), len(body))
        if head is not None:
            await state["respond"](head, body)
        else:
            start = {
                "type": "http.response.start",
                "status": status,
                "headers": [_encoded(*field) for field in headers],
            }
            delivery = last_environ.get(DELIVERY_KEY, _USUAL)
            state["endless"] = delivery.stream is not None
            await deliver(delivery, start, body, send, state["close"], receive)
        if log:
            sent_status = None if last_environ.get(DELIVERY_KEY, _USUAL).drop else status
            log(_log_line(environ, sent_status, 1000 * (perf_counter() - began), body))

    return respond


def _constant_environ(address: tuple[Any, ...], scheme: str, *, threaded: bool) -> dict[str, Any]:
    """Return the part of the WSGI environment that is the same for each request."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": address[0],
        "SERVER_PORT": str(address[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": threaded,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        DELIVERS_KEY: True,
    }


def _answer(app: WsgiApp, environ: dict[str, Any]) -> Result | None:
    """Return status, headers and body of the response, or None if the application needs the body first."""
    started: list[Any] = []
    try:
        chunks = app(environ, lambda *head: started.extend(head))
    except _BodyNeeded:
        return None
    body = whole_body(chunks)
    status, headers = started[-2:]
    return int(status[:3]), list(headers), body


def _log_line(environ: dict[str, Any], status: int | None, milliseconds: float, body: bytes) -> str:
    """Return one line without the query, which can hold a secret. Without a status, the connection was dropped."""
    request = f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI'].partition('?')[0]}"
    line = f"{request} {status or 'dropped'} {milliseconds:.1f} ms"
    try:
        return f"{line}: {json.loads(body)['error']['message']!r}" if status and status >= 400 else line
    except (ValueError, LookupError, TypeError):
        return line


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
def _environ_name(header: bytes) -> str | None:
    """Return the name of a field in the environment.

    It is None for a name with an underscore, since WSGI would take X_Api_Key for X-Api-Key, or Content_Length for the
    length of the body.
    """
    if b"_" in header:
        return None
    if header == IGNORED_UPGRADE.lower():
        return "HTTP_UPGRADE"
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"


def _environ(scope: Message) -> dict[str, Any]:
    """Return the part of the WSGI environment that belongs to one request (PEP 3333). Repeated headers are joined."""
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": unquote(path, "latin-1") if "%" in path else path,
        "QUERY_STRING": query,
        "REQUEST_URI": f"{path}?{query}" if query else path,
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
    }
    if scope["state"]["expects"]:  # the application may be called twice
        environ[DRAWN_KEY] = []
    for header, value in scope["headers"]:
        name, text = _environ_name(header), value.decode("latin-1")
        if name is None:
            continue
        environ[name] = f"{environ[name]},{text}" if name in environ else text
    return environ
