"""The target under test: sends requests for operations, and knows which operations can be used."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from ..contract.document import Contract
from ..contract.operation import Operation, fill_path
from ..contract.operation_ids import (
    CREATE_GOVERNANCE,
    CREATE_UNIT,
    DELETE_GOVERNANCE,
    GET_UNIT,
    LIST_UNITS,
    UPDATE_GOVERNANCE,
)
from ..vocabulary import LATE
from .connections import DEFAULT_OPTIONS, Connections, RequestOptions, Transport
from .credentials import Credential, Keyring
from .errors import ConnectionClosed, GivenUp, NotApplicable, Stopped, Unreachable
from .exchange import Exchange, Request, Response, unit_in
from .knowledge import Knowledge
from .request_rate import RateLimiter, retry_after

_REPEATABLE_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
_SHOWING_COMPONENTS = (CREATE_UNIT, GET_UNIT, CREATE_GOVERNANCE, UPDATE_GOVERNANCE, DELETE_GOVERNANCE)
_MEASURED = 50
"""The number of responses from which the latency is computed."""
_IDLE = 0.02
"""Seconds. After a longer pause, a server may have closed the connection before the request arrived."""
_PATIENCE = 5.0
"""Seconds that a target gets to respond again after it stopped, unless the user gives another time."""
_BETWEEN_ATTEMPTS = 0.1
_MOST_TIMEOUTS = 3
"""After this many requests of an operation without a response in time, the operation is not requested any more."""
_MAX_WAIT_ON_429 = 60.0  # seconds, for one request
_LEAST_PAUSE = 0.1  # seconds: a Retry-After of 0 must not become a flood of requests
# A part of an error text of urllib3, and the message for it.
_HTTP = (
    ("Connection refused", "connection refused"),
    ("Name or service not known", "the host name does not resolve"),
    ("Failed to resolve", "the host name does not resolve"),
    ("RemoteDisconnected", "the connection was closed without a response"),
    ("Connection reset", "the connection was reset"),
    ("BadStatusLine", "the server does not speak HTTP"),
)
# The same for OpenSSL. The first match is used, so specific entries come first.
_TLS = (
    ("Hostname mismatch", "the TLS certificate is for another host"),
    ("IP address mismatch", "the TLS certificate is for another host"),
    ("has expired", "the TLS certificate has expired"),
    ("VERIFY_FAILED", "the TLS certificate cannot be verified; give its certificate authority with --ca-bundle FILE"),
    ("WRONG_VERSION_NUMBER", "the server does not speak TLS; is the URL http://?"),
    ("RECORD_LAYER_FAILURE", "the server does not speak TLS; is the URL http://?"),
    ("", "the TLS handshake failed; if the server asks for a client certificate, give one with --client-cert FILE"),
)


class Target:
    """A base URL with connections, credentials and the contract to judge by."""

    def __init__(self, base_url: str, contract: Contract, keyring: Keyring, transport: Transport) -> None:
        """Prepare a target; nothing is sent yet.

        Raises:
            ValueError: the URL, its proxy or its certificates cannot be used.
        """
        self.base_url = base_url
        self.contract = contract
        self.keyring = keyring
        self.redact = keyring.redactor(f"{base_url} {json.dumps(contract.document, default=str)}")
        self.redact.learn(transport.extra.secrets)
        self.before_request: Callable[[Request], None] = lambda request: None
        self.on_exchange: Callable[[Exchange], None] = lambda exchange: None
        self.unusable: dict[str, str] = {}
        """The operations that cannot be used, by operationId, with the reason."""
        self.broken: set[str] = set()
        """Those of them that the target serves, and whose response to a valid request is wrong."""
        self.hidden: dict[str, str] = {}
        """The components that no response shows after an accepted update, by name, with the reason for a skip."""
        self.knowledge = Knowledge()
        """What the run has learned about the target."""
        self.knowledge.members.compare_declared(contract.document.get("components", {}).get("schemas", {}))
        self._transport = transport
        self._rate_limiter = RateLimiter(transport.rate)
        self._count = itertools.count(1)
        self._durations: deque[float] = deque(maxlen=_MEASURED)
        self._answered = 0.0
        """When the target last responded; 0 if it never did."""
        self._timeouts: Counter[tuple[str, bool]] = Counter()
        """Requests without a response in time, by operationId and whether the contract permits the body."""
        self.unanswered: list[Exchange] = []
        """Requests without a response, after which the target responded again."""
        self.patience = _PATIENCE
        """How many seconds the target gets to respond again after it stopped."""
        self.process_end: Callable[[], str] = lambda: ""
        """Returns how the process of the target ended; empty if it did not end or the run did not start it."""
        self.requests = 0
        """The number of requests sent."""
        self._connections = self.connect()

    def connect(self, options: RequestOptions = DEFAULT_OPTIONS) -> Connections:
        """Return new connections to the target."""
        return Connections(self.base_url, self._transport, options)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def serves(self, operation_id: str) -> bool:
        """Whether no reason is known why an operation cannot be used."""
        return operation_id not in self.unusable

    def why_unusable(self, operation_id: str) -> str:
        """Return the reason why an operation cannot be used."""
        return self.unusable.get(operation_id, f"the target serves {operation_id}")

    def require(self, *operation_ids: str) -> None:
        """Skip the running test if one of some operations cannot be used."""
        for operation_id in operation_ids:
            if not self.serves(operation_id):
                raise NotApplicable(self.why_unusable(operation_id))

    def operation(self, operation_id: str) -> Operation:
        """Return an operation of the contract; skips the running test if the contract does not have it."""
        if operation_id not in self.contract.operations:
            raise NotApplicable(self.why_unusable(operation_id))
        return self.contract.operations[operation_id]

    def call(
        self,
        operation_id: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        credential: Credential | None = None,
        headers: Mapping[str, str] | None = None,
        over: Connections | None = None,
    ) -> Exchange:
        """Send a request for an operation of the contract.

        Args:
            operation_id: the contract's operationId.
            body: sent as JSON; no body is sent if it is None.
            raw: sent as the body instead of ``body``.
            path: values of ``id`` and ``team_id`` in the path, not yet percent-encoded.
            query: query parameters.
            credential: the management key if it is None.
            headers: further header fields.
            over: the connections to use; the target's own if it is None.

        Raises:
            Unreachable: there was no HTTP response.
        """
        operation = self.operation(operation_id)
        if credential is not None and credential.body and isinstance(body, dict):
            body = {**body, **credential.body}
        payload = raw if raw is not None else None if body is None else json.dumps(body).encode()
        exchange = self.send(
            operation.method,
            fill_path(operation.path, path or {}),
            payload,
            operation=operation,
            query=query,
            credential=credential,
            headers=headers,
            over=over,
            unit_id=(path or {}).get("id", ""),
        )
        if exchange.ok and operation_id in _SHOWING_COMPONENTS:
            self._note_components(exchange, may_be_simultaneous=over is not None)
        return exchange

    def _note_components(self, exchange: Exchange, *, may_be_simultaneous: bool) -> None:
        """Note which components a unit has after an accepted request."""
        operation, unit_id, components = exchange.operation, exchange.request.unit_id, self.knowledge.components
        assert operation is not None  # noqa: S101  the caller names an operation of the contract
        if may_be_simultaneous:
            components.forget(unit_id)
            return
        if operation.id == UPDATE_GOVERNANCE:
            components.note_accepted(unit_id, exchange.sent)
        if operation.id == CREATE_UNIT:
            unit_id = str(exchange.member("id"))
        state = {} if operation.id in (CREATE_UNIT, DELETE_GOVERNANCE) else unit_in(exchange)
        if state is not None:
            components.note_state(unit_id, state)

    def send(
        self,
        method: str,
        location: str,
        payload: bytes | None = None,
        *,
        operation: Operation | None = None,
        query: Mapping[str, Any] | None = None,
        credential: Credential | None = None,
        headers: Mapping[str, str] | None = None,
        over: Connections | None = None,
        unit_id: str = "",
    ) -> Exchange:
        """Send a request to a percent-encoded path below the base URL.

        ``unit_id`` is the id of a business unit in the path. Other arguments and errors as for ``call``.
        """
        credential = self.keyring.management if credential is None else credential
        self.redact.learn(credential.secrets)
        fields = {"Accept": "application/json", **(operation.needed_headers if operation else {})}
        if payload is not None:
            fields["Content-Type"] = "application/json"
        fields |= dict(headers or {})
        needed = operation.needed_query if operation else {}
        parameters = [pair for part in ({**needed, **(query or {})}, credential.query) for pair in _pairs(part)]
        url = f"{self.base_url}{location}" + (f"?{urlencode(parameters)}" if parameters else "")
        request = Request(operation, method, url, credential, fields, payload, unit_id, self._transport.extra.shown)
        exchange = self._send_obeying_429(over or self._connections, request)
        self.on_exchange(exchange)
        if method != "GET" and not unit_id and (operation is None or operation.needs_unit):
            self.knowledge.components.forget_all()
        return exchange

    def _send_obeying_429(self, connections: Connections, request: Request) -> Exchange:
        """Send a request; repeat it after Retry-After while the status is 429 (RFC 6585 section 4)."""
        deadline = time.monotonic() + _MAX_WAIT_ON_429
        while True:
            exchange = self._send_with_retry_on_close(connections, request)
            if exchange.status != 429:
                return exchange
            pause = retry_after(exchange.headers.get("retry-after"), exchange.headers.get("date"))
            if time.monotonic() + pause > deadline:
                where = f"{request.method} {request.url}"
                raise Unreachable(f"{where}: 429 Too Many Requests, Retry-After {pause:.0f} s; try --rate-limit")
            time.sleep(max(pause, _LEAST_PAUSE))

    def _send_with_retry_on_close(self, connections: Connections, request: Request) -> Exchange:
        """Send a request; send it a second time if the connection is closed without a response.

        A server may close an idle connection while a request is on its way (RFC 9112 section 9.3.1). An idempotent
        request can be sent again (RFC 9110 section 9.2.2), and the second response is returned. For other requests,
        and for a deletion that then finds nothing, the second response may differ from the first, so it cannot be
        judged unless the connection was idle.

        Raises:
            ConnectionClosed: a request that is not idempotent got a response only at the second attempt.
            GivenUp: too many such requests got no response in time.
            Stopped: the target stopped responding.
            Unreachable: there was no HTTP response.
        """
        operation = request.operation
        if operation and self._timeouts:
            name, is_permitted = kind = _kind(request, operation)
            if self._timeouts[kind] >= _MOST_TIMEOUTS:
                what = name if is_permitted else f"{name} with a forbidden body"
                raise GivenUp(f"{what} does not respond in time, see ERROR-06")
        was_idle = 0 < self._answered < time.monotonic() - _IDLE
        try:
            return self._exchange(request, self._fetch(connections, request))
        except urllib3.exceptions.HTTPError as error:
            if not _is_connection_closed(error):
                return self._without_response(request, error)
            closed = error
        try:
            exchange = self._exchange(request, self._fetch(connections, request))
        except urllib3.exceptions.HTTPError as error:
            if _is_connection_closed(error) and self.is_reachable():
                return self._exchange(request, None)
            return self._without_response(request, error)
        repeatable = request.method in _REPEATABLE_METHODS and (request.method, exchange.status) != ("DELETE", 404)
        if repeatable or was_idle:
            return exchange
        self.on_exchange(exchange)
        where = f"{request.method} {request.url}"
        raise ConnectionClosed(f"{where}: {_reason(closed)}; the second attempt got a response") from closed

    def _without_response(self, request: Request, error: urllib3.exceptions.HTTPError) -> Exchange:
        """Return the exchange of a request without a response, once the target responds to another request.

        Raises:
            Stopped: the target responded before, and does not respond any more.
            Unreachable: the target never responded, or the connection cannot be used.
        """
        reason = _reason(error)
        message = f"{request.method} {request.url}: {reason}"
        if not self._answered or isinstance(error, urllib3.exceptions.SSLError):
            raise Unreachable(message) from error
        late = _is_late(error)
        came_back = self._comes_back()
        ended = self.process_end()
        if ended:
            reason = f"{reason}; {ended}"
        if not came_back:
            raise Stopped(f"{message}; {ended}" if ended else message, request) from error
        if late and request.operation is not None:
            self._timeouts[_kind(request, request.operation)] += 1
        exchange = self._exchange(request, None, reason, ended_target=bool(ended))
        self.unanswered.append(exchange)
        return exchange

    def _exchange(
        self, request: Request, response: Response | None, unanswered: str = "", *, ended_target: bool = False
    ) -> Exchange:
        return Exchange(request, response, unanswered, ended_target, self.knowledge)

    def _comes_back(self) -> bool:
        """Whether the target responds to a GET request, now or soon."""
        until = time.monotonic() + self.patience
        while not self.is_reachable():
            if time.monotonic() > until:
                return False
            time.sleep(_BETWEEN_ATTEMPTS)
        return True

    def fails_again(self, exchange: Exchange) -> Exchange | None:
        """Send a request without a response once more; return the exchange if there is no response again."""
        try:
            self._fetch_at_rate(self._connections, exchange.request)
        except urllib3.exceptions.HTTPError as error:
            self._comes_back()
            return self._exchange(exchange.request, None, _reason(error))
        return None

    def is_reachable(self) -> bool:
        """Whether the target responds to a GET request. The time limit of the run does not apply to this request."""
        operation = self.contract.operations.get(LIST_UNITS)
        location = operation.path if operation else "/"
        probe = Request(operation, "GET", f"{self.base_url}{location}", self.keyring.management)
        try:
            self._fetch_at_rate(self._connections, probe)
        except urllib3.exceptions.HTTPError:
            return False
        return True

    @property
    def latency(self) -> float:
        """The median of the seconds in which the last responses arrived; 0 before the first one."""
        return statistics.median(self._durations) if self._durations else 0.0

    def _fetch(self, connections: Connections, request: Request) -> Response:
        self.before_request(request)
        return self._fetch_at_rate(connections, request)

    def _fetch_at_rate(self, connections: Connections, request: Request) -> Response:
        self._rate_limiter.wait()
        self.requests = next(self._count)
        began = time.monotonic()
        response = connections.fetch(request)
        self._answered = time.monotonic()
        self._durations.append(self._answered - began)
        self.knowledge.clock.learn(response.headers.get("date"))
        return response


def _pairs(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values of query parameters as they are sent: an array repeats its name."""
    for name, value in query.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, json.dumps(item) if isinstance(item, bool) else str(item)


def _kind(request: Request, operation: Operation) -> tuple[str, bool]:
    """Return the operationId of a request, and whether the contract permits its body.

    A target that hangs on forbidden bodies may respond to the others.
    """
    return operation.id, operation.permits(request.body)


def _is_connection_closed(error: Exception) -> bool:
    return any(
        part in str(error) for part in ("RemoteDisconnected", "Connection reset", "Broken pipe", "IncompleteRead")
    )


def _is_late(error: Exception) -> bool:
    # urllib3 counts a refused connection as a timeout.
    late = isinstance(error, urllib3.exceptions.TimeoutError)
    return late and not isinstance(error, urllib3.exceptions.NewConnectionError)


def _reason(error: Exception) -> str:
    text = str(error)
    known = _TLS if isinstance(error, urllib3.exceptions.SSLError) else _HTTP
    for part, reason in known:
        if part in text:
            return reason
    return LATE if _is_late(error) else f"the response cannot be read as HTTP ({text[:150]!a})"
