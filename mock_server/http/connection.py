"""One connection: uvicorn's protocol, made strict about where requests end."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.http.framing import BadRequestError, Framing, body_of

HeadersAndBody = tuple[list[tuple[str, str]], bytes]
_FIRST_SECONDS = 1  # a connection that is younger at the stop may still send its first request
_LINGER_SECONDS = 1  # the client reads the last response before the connection is reset (RFC 9112, section 9.6)


class RequestState(TypedDict):
    """What the connection and the server tell each other about a request, in its ASGI scope."""

    expects: bool
    """Whether the client waits for a response before it sends the body."""
    close: Callable[[], None]
    """Closes the connection after what was written."""
    respond: Callable[[bytes, bytes], Awaitable[None]]
    """Sends a complete response: the head without its end, and the body."""
    endless: NotRequired[bool]
    """Whether the response goes on until the client or the mock ends it."""


def protocol(
    error_responses: Callable[[int, str], HeadersAndBody], timeout: float, log: Callable[[str], None] | None
) -> type[HttpToolsProtocol]:
    """Return the class of the connections.

    `error_responses` makes the response to bytes that are not a request or that never complete one.

    A request that is not complete `timeout` seconds after its first byte gets 408.
    """

    class Protocol(_Connection):
        pass

    Protocol.error_responses, Protocol.request_timeout = staticmethod(error_responses), timeout
    Protocol.log = staticmethod(log) if log else None
    return Protocol


class _Connection(HttpToolsProtocol):
    """One connection, which goes through these states.

    - It waits for a request: `_complete`, and nothing is unread.
    - It receives a request, at first its head: `_in_head`, then not `_complete`.
    - It answers a complete request (`_answering`). What the client sends meanwhile stays in `_unread`.
    - It ends: `_ended` after the client has ended its side, `_is_last` with the next response, `_closing` at once.
    """

    error_responses: Callable[[int, str], HeadersAndBody]
    request_timeout: float
    log: Callable[[str], None] | None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._unread = bytearray()
        self._framing = Framing()
        self._complete = True  # no request is partly received
        self._in_head = False
        self._closing = False
        self._ended = False  # the client sends no more
        self._timer: TimerHandle | None = None
        self._is_last = False  # the connection ends with the next response
        self._opened = 0.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._opened = self.loop.time()
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if not self._closing:
            self._unread += data
            self._advance()

    def _advance(self) -> None:
        """Parse up to the end of one request; the next one is parsed after the response."""
        try:
            while not (self._closing or self.transport.is_closing() or self._answering()):
                if self._complete and self._unread:
                    self._start_timer()
                piece = self._framing.next(self._unread)
                if not piece:
                    return
                self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:  # CONNECT
            self._refuse(HTTPStatus.BAD_REQUEST, "Invalid HTTP request")
        except (BadRequestError, httptools.HttpParserError) as error:
            cause = error.__context__ if isinstance(error.__context__, BadRequestError) else error
            self._refuse(HTTPStatus.BAD_REQUEST, "Invalid HTTP request", str(cause))
        if self._answering() and len(self._unread) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()

    def _answering(self) -> bool:
        return self._complete and self.cycle is not None and not self.cycle.response_complete

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._complete, self._in_head = False, True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            super().on_header(name, value.strip(b" \t"))  # RFC 9112, section 5

    def on_headers_complete(self) -> None:
        self._in_head = False
        version = self.parser.get_http_version()
        length, chunked = body_of(self.headers, version)
        self._framing.body(length, chunked=chunked)
        # RFC 9110, section 10.1.1: nothing to wait for without a body, and HTTP/1.0 does not know it
        self.expect_100_continue = self.expect_100_continue and version != "1.0" and (chunked or length > 0)
        self.scope["state"] |= RequestState(expects=self.expect_100_continue, close=self._close, respond=self._respond)
        super().on_headers_complete()
        if self._is_last or not self.parser.should_keep_alive():  # uvicorn before 0.54 leaves the latter to its send()
            self.cycle.keep_alive = False

    async def _respond(self, head: bytes, body: bytes) -> None:
        """Send a complete response with one write; uvicorn takes two, and checks each header again."""
        cycle = self.cycle
        if self.flow.write_paused and not cycle.disconnected:
            await self.flow.drain()
        if cycle.disconnected:
            return
        cycle.response_started, cycle.waiting_for_100_continue = True, False
        more = [b"%s: %s\r\n" % field for field in cycle.default_headers]
        if not cycle.keep_alive:
            more.append(b"connection: close\r\n")
        self.transport.write(b"".join((head, *more, b"\r\n", body)))
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def on_message_complete(self) -> None:
        self._complete = True
        self._stop_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing() and not self._closing:
            if self._unread:
                self._unset_keepalive_if_required()
            self._advance()
            if self._ended:
                self._finish()

    def shutdown(self) -> None:
        """Stop: a complete request gets its response, an incomplete one is dropped."""
        rest = self._opened + _FIRST_SECONDS - self.loop.time()
        if self.cycle is None and not self._unread and rest > 0:  # the client could not know of the stop
            self._is_last = True
            self._stop_timer()
            self._timer = self.loop.call_later(rest, self.transport.close)
        elif self._closing or not self._complete:
            self.transport.close()
        elif self._is_endless():
            self._close()
        else:
            super().shutdown()

    def _is_endless(self) -> bool:
        """Return whether the response goes on until the client or the mock ends it."""
        return self._answering() and bool(self.scope["state"].get("endless"))

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.request_timeout, self._time_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        self._timer = None
        if self._complete and not self._unread:
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request is incomplete")

    def _close(self) -> None:
        """Close the connection after what was written, even if the client expects more."""
        self._closing = True
        self._unread.clear()
        self._stop_timer()
        self.cycle.disconnected = True
        self.transport.close()

    def _refuse(self, status: HTTPStatus, message: str, reason: str = "") -> None:
        """Send the last response of the connection."""
        self._closing = True
        self._unread.clear()
        self._stop_timer()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # the application never sees an incomplete request
            self.cycle.message_event.set()
        headers, body = self.error_responses(status, message)
        lines = [*headers, ("Content-Length", str(len(body))), ("Connection", "close")]
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines)
        self.transport.write(head.encode("latin-1") + b"\r\n" + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(_LINGER_SECONDS, self.transport.close)
        self.flow.resume_reading()
        if self.log:
            self.log(f"- {status.value}: {reason or message}")

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer the requests that have arrived, and refuse an incomplete one: the client sends nothing more.

        Returns True, so that the connection stays open for the responses; TLS always closes it.
        """
        self._ended = True
        if self._is_endless():
            self._close()
        self._finish()
        return self.transport.get_extra_info("sslcontext") is None

    def _finish(self) -> None:
        if self._closing or self._answering():
            return
        if self._complete and not self._unread:
            self.transport.close()
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "The request is incomplete")
