"""The journal of a sandbox: its last exchanges, bounded in number and size.

Recording is on the path of every request, so that it keeps only what the request already has, and why a credential was
refused. What else a reader sees, such as the verdict, is made when the journal is read (`entries.py`). The values of
header fields that carry credentials are never kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from threading import Lock
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, NamedTuple

from mock_server.problems import Refusal
from mock_server.urls import sent_target
from mock_server.wsgi import (
    CONTROL_KEY_FIELD,
    DELIVERY_KEY,
    FORCED_KEY,
    RECORDED_KEY,
    REFUSAL_KEY,
    ROUTE_KEY,
    WsgiApp,
    whole_body,
)

if TYPE_CHECKING:
    from mock_server.api.cors import CrossOrigin
    from mock_server.contract.document import Contract
    from mock_server.contract.validation import Validation

MAX_ENTRIES = 500
MAX_RECORDED_BYTES = 32 * 1024
"""What is kept of one body."""
MAX_BYTES = 8 * 1024 * 1024
"""What is kept of all bodies."""
CREDENTIAL_FIELDS = frozenset(
    {"HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_API_KEY", CONTROL_KEY_FIELD}
)


@dataclass(frozen=True, slots=True, eq=False)
class JournalContext:
    """What exchanges are judged by: the contract in force, its validators, the keys, the allowed origins."""

    contract: Contract
    validation: Validation
    keys: tuple[str, ...]
    cross_origin: CrossOrigin
    common_fields: tuple[tuple[str, str], ...]
    """The header fields that every response has besides those that are recorded."""


class Exchange(NamedTuple):
    """One exchange, as it was recorded."""

    number: int
    time: float
    """When the request arrived, in seconds since 1970."""
    seconds: float
    """How long the mock took."""
    method: str
    target: str
    """Path and query as they were sent, without scheme and authority."""
    operation_id: str | None
    """The operation that the request addresses, if any."""
    path_values: tuple[str, ...]
    """The values of its path parameters, with `/` and `%` still encoded."""
    mounted_at: str
    """The beginning of the path that belongs to the sandbox or to a middleware."""
    protocol: str
    fields: list[tuple[str, str]]
    """The header fields by their WSGI names, without those of credentials."""
    credential: str | None
    """The kind of the credential: `bearer`, `scheme`, `x-api-key`, `cookie`, or None."""
    body: bytes
    body_bytes: int
    status: int
    """The status of the response; 0 if the connection was closed without one."""
    response_fields: list[tuple[str, str]]
    response_body: bytes
    response_bytes: int
    refusal: Refusal | None
    why_refused: str
    """Why the mock refused the credential, in words; empty if it did not."""
    forced: str | None
    """What control forced, in words."""
    context: JournalContext
    """The contract that was in force."""

    @property
    def usual_status(self) -> int:
        """The status, or the one in whose place the contract has it."""
        return self.refusal.usual_status if self.refusal else self.status

    @property
    def refuses_credential(self) -> bool:
        """Whether the mock refused the credential. A response that control forced says nothing about it."""
        return self.why_refused != ""


class Journal:
    """The last exchanges of one sandbox."""

    def __init__(self, context: JournalContext) -> None:
        """Keep this context with each exchange, until `context` is set to another one."""
        self.context = context
        self._exchanges: deque[Exchange] = deque()
        self._bytes = self._count = 0
        self._lock = Lock()
        self.cleared_at = 0
        """The number of the last exchange when the journal was cleared last."""
        self.listeners: set[Callable[[], None]] = set()
        """Called after each exchange, on the thread of its request."""

    def serve(self, app: WsgiApp, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request to the application, and record the exchange when the response is complete."""
        arrived, began, context = time(), perf_counter(), self.context
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            started[:] = (status, headers)
            return start_response(status, headers, *rest)

        stream = environ["wsgi.input"]
        if type(stream) is not BytesIO:
            stream = environ["wsgi.input"] = _Copy(stream)
        response_body = whole_body(app(environ, start))
        self._record(context, arrived, perf_counter() - began, environ, stream.getvalue(), started, response_body)
        return [response_body]

    def _record(
        self,
        context: JournalContext,
        arrived: float,
        seconds: float,
        environ: dict[str, Any],
        body: bytes,
        started: list[Any],
        sent: bytes,
    ) -> None:
        status, refusal, forced = int(started[0][:3]), environ.get(REFUSAL_KEY), environ.get(FORCED_KEY)
        if forced is not None and DELIVERY_KEY in environ and environ[DELIVERY_KEY].drop:
            status, started, sent = 0, ["", []], b""
        fields = [field for field in environ.items() if field[0][:5] == "HTTP_" and field[0] not in CREDENTIAL_FIELDS]
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if name in environ:
                fields.append((name, environ[name]))
        kept, kept_response = body[:MAX_RECORDED_BYTES], sent[:MAX_RECORDED_BYTES]
        refused = refusal is not None and refusal.usual_status == HTTPStatus.UNAUTHORIZED
        route = environ.get(ROUTE_KEY, (None, ()))
        with self._lock:
            self._count += 1
            exchange = Exchange(
                number=self._count,
                time=arrived,
                seconds=seconds,
                method=environ["REQUEST_METHOD"],
                target=_target(environ),
                operation_id=route[0],
                path_values=route[1],
                mounted_at=environ.get("SCRIPT_NAME", ""),
                protocol=environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
                fields=fields,
                credential=_kind_of_credential(environ),
                body=kept,
                body_bytes=len(body),
                status=status,
                response_fields=started[1],
                response_body=kept_response,
                response_bytes=len(sent),
                refusal=refusal,
                why_refused=_reason(environ, context) if refused else "",
                forced=forced,
                context=context,
            )
            self._exchanges.append(exchange)
            self._bytes += len(kept) + len(kept_response)
            while len(self._exchanges) > MAX_ENTRIES or self._bytes > MAX_BYTES:
                oldest = self._exchanges.popleft()
                self._bytes -= len(oldest.body) + len(oldest.response_body)
        environ.get(RECORDED_KEY, []).append(exchange)
        if self.listeners:
            self._notify()

    def _notify(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    @property
    def last(self) -> int:
        """The number of the last exchange; 0 before the first one."""
        return self._count

    def after(self, number: int) -> list[Exchange]:
        """Return the kept exchanges with a larger number, oldest first."""
        with self._lock:
            return list(_newer(self._exchanges, number))[::-1]

    def get(self, number: int) -> Exchange | None:
        """Return the exchange with a number, if it is still kept."""
        return next((exchange for exchange in self.after(number - 1) if exchange.number == number), None)

    def clear(self) -> None:
        """Forget all exchanges. Numbers go on."""
        with self._lock:
            self._exchanges.clear()
            self._bytes = 0
            self.cleared_at = self._count
        self._notify()


def _newer(exchanges: deque[Exchange], number: int) -> Iterator[Exchange]:
    for exchange in reversed(exchanges):
        if exchange.number <= number:
            return
        yield exchange


def _target(environ: Mapping[str, Any]) -> str:
    sent = sent_target(environ)
    if sent:
        return sent
    query = environ.get("QUERY_STRING", "")
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return f"{path}?{query}" if query else path


def _reason(environ: Mapping[str, Any], context: JournalContext) -> str:
    from mock_server.control.journal.credentials import why_refused  # later, since most mocks refuse no key

    return why_refused(environ, context)


def _kind_of_credential(environ: Mapping[str, Any]) -> str | None:
    value = environ.get("HTTP_AUTHORIZATION")
    if value is not None:
        return "bearer" if value[:7].lower() == "bearer " else "scheme"
    if "HTTP_X_API_KEY" in environ:
        return "x-api-key"
    return "cookie" if "HTTP_COOKIE" in environ else None


class _Copy:
    """The input of a request that keeps what was read."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._read = stream, bytearray()

    def getvalue(self) -> bytes:
        return bytes(self._read)

    def read(self, size: int = -1) -> bytes:
        return self._kept(self._stream.read(size) if size >= 0 else self._stream.read())

    def readline(self, size: int = -1) -> bytes:
        return self._kept(self._stream.readline(size) if size >= 0 else self._stream.readline())

    def readlines(self, hint: int = -1) -> list[bytes]:
        return [self._kept(line) for line in self._stream.readlines(hint)]

    def __iter__(self) -> Iterator[bytes]:
        return map(self._kept, iter(self._stream))

    def _kept(self, piece: bytes) -> bytes:
        self._read += piece
        return piece
