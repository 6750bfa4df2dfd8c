"""The implementation under judgement: where it is, how to talk to it, what it serves."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from ..contract.document import Contract, Operation
from .connections import PLAIN, Answer, Connections, Oddity, Transport
from .credentials import Credential, Keyring
from .exchange import NO_ANSWER, Exchange
from .request_rate import Pace, retry_after

_HARMLESS = "listBusinessUnits"
_REPEATABLE = ("GET", "HEAD", "OPTIONS", "PUT")
_PATIENCE_WITH_429 = 60.0  # seconds, for one request
# What urllib3 says, and what that means.
_HTTP = (
    ("Connection refused", "connection refused"),
    ("Name or service not known", "the host name does not resolve"),
    ("Failed to resolve", "the host name does not resolve"),
    ("RemoteDisconnected", "the connection was closed without an answer"),
    ("Connection reset", "the connection was reset"),
    ("BadStatusLine", "what answers there does not speak HTTP"),
)
# The same of OpenSSL, from the particular to the general.
_TLS = (
    ("Hostname mismatch", "the TLS certificate is that of another host"),
    ("IP address mismatch", "the TLS certificate is that of another host"),
    ("has expired", "the TLS certificate has expired"),
    ("VERIFY_FAILED", "the TLS certificate cannot be verified; --ca-bundle FILE names the authority that signed it"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS there; is it http://?"),
    ("RECORD_LAYER_FAILURE", "it does not speak TLS there; is it http://?"),
    ("", "TLS cannot be agreed on; if it asks for the client's certificate, --client-cert FILE shows one"),
)


class Unreachable(ConnectionError):
    """The target gives no HTTP answer; nothing can be said about its conformance."""


class HungUp(Unreachable):
    """The target closed the connection on a request, and answered it when it came again: what it did is not known."""


class OutOfTime(Exception):
    """The time that the run may take is up."""


class Target:
    """A base URL with a session, the credentials and the contract to judge by."""

    def __init__(self, base_url: str, contract: Contract, keyring: Keyring, transport: Transport) -> None:
        """Prepare a target; nothing is sent yet.

        Raises:
            ValueError: the URL, its proxy or its certificates cannot be used.
        """
        self.base_url = base_url
        self.contract = contract
        self.keyring = keyring
        self.redact = keyring.redactor(f"{base_url} {json.dumps(contract.document, default=str)}")
        self.before_request: Callable[[], None] = lambda: None
        self.on_exchange: Callable[[Exchange], None] = lambda exchange: None
        self.not_served: set[str] = set()
        self._transport = transport
        self._pace = Pace(transport.rate)
        self._count = itertools.count(1)
        self.requests = 0
        """How many requests were sent."""
        self._connections = self.connect()

    def connect(self, oddity: Oddity = PLAIN) -> Connections:
        """Return further connections to the target."""
        return Connections(self.base_url, self._transport, oddity)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def serves(self, operation_id: str) -> bool:
        """Whether the target serves an operation, as far as is known."""
        return operation_id not in self.not_served

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
            body: what to send as JSON; not sent where it is None.
            raw: the bytes of the body instead.
            path: path parameters, not yet percent-encoded.
            query: query parameters.
            credential: the management key where it is None.
            headers: further header fields.
            over: connections of the caller's; the target's own where it is None.

        Raises:
            Unreachable: no HTTP answer came.
        """
        operation = self.contract.operations[operation_id]
        location = operation.path
        for name, value in (path or {}).items():
            location = location.replace(f"{{{name}}}", quote(value, safe=""))
        payload = raw if raw is not None else None if body is None else json.dumps(body).encode()
        return self.send(
            operation.method,
            location,
            payload,
            operation=operation,
            query=query,
            credential=credential,
            headers=headers,
            over=over,
        )

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
    ) -> Exchange:
        """Send a request to a percent-encoded path below the base URL. Arguments and errors as for ``call``."""
        who = self.keyring.management if credential is None else credential
        fields = {"Accept": "application/json"}
        if payload is not None:
            fields["Content-Type"] = "application/json"
        fields |= dict(headers or {})
        parameters = {**(query or {}), **who.query}
        url = f"{self.base_url}{location}" + (f"?{urlencode(parameters)}" if parameters else "")
        unanswered = Exchange(operation, method, url, who, fields, payload, NO_ANSWER, {}, b"")
        status, received, content = self._patiently(over or self._connections, unanswered)
        exchange = replace(unanswered, status=status, headers=received, body=content)
        self.on_exchange(exchange)
        return exchange

    def _patiently(self, connections: Connections, request: Exchange) -> Answer:
        """Send at the pace that was asked for, and obey 429 with Retry-After (RFC 6585 section 4)."""
        deadline = time.monotonic() + _PATIENCE_WITH_429
        where = f"{request.method} {request.url}"
        while True:
            answer = self._insistently(connections, request, where)
            status, headers, _ = answer
            if status != 429:
                return answer
            pause = retry_after(headers.get("retry-after"), time.time())
            if time.monotonic() + pause > deadline:
                raise Unreachable(f"{where}: 429 Too Many Requests, and {pause:.0f} s to wait; try --rate-limit")
            time.sleep(pause)

    def _insistently(self, connections: Connections, request: Exchange, where: str) -> Answer:
        """Send a request, and once more where the connection was closed on it; no answer is one, too.

        A server may close a kept connection at any moment, also when a request is on its way (RFC 9112 section 9.3.1);
        what is idempotent can be repeated then (RFC 9110 section 9.2.2), though a second deletion is answered
        otherwise. What is not is repeated only to see whether the server closes on it again: the answer is not that
        to the first. Whoever closes twice, and answers something else, does so on purpose.
        """
        try:
            return self._fetch(connections, request)
        except urllib3.exceptions.HTTPError as error:
            if not _hung_up(error):
                raise Unreachable(f"{where}: {_reason(error)}") from error
            closed = error
        try:
            status, headers, content = self._fetch(connections, request)
        except urllib3.exceptions.HTTPError as error:
            if _hung_up(error) and self.answers_others():
                return NO_ANSWER, {}, b""
            raise Unreachable(f"{where}: {_reason(error)}") from error
        if request.method in _REPEATABLE:
            return status, headers, content
        self.on_exchange(replace(request, status=status, headers=headers, body=content))
        raise HungUp(f"{where}: {_reason(closed)}, and was answered when it came again") from closed

    def answers_others(self) -> bool:
        """Whether anything at all is answered; asked also when the time that the run may take is up."""
        operation = self.contract.operations.get(_HARMLESS)
        location = operation.path if operation else "/"
        probe = Exchange(
            operation, "GET", f"{self.base_url}{location}", self.keyring.management, {}, None, NO_ANSWER, {}, b""
        )
        try:
            self._send_one(self._connections, probe)
        except urllib3.exceptions.HTTPError:
            return False
        return True

    def _fetch(self, connections: Connections, request: Exchange) -> Answer:
        self.before_request()
        return self._send_one(connections, request)

    def _send_one(self, connections: Connections, request: Exchange) -> Answer:
        self._pace.wait()
        self.requests = next(self._count)
        return connections.fetch(request)


def _hung_up(error: Exception) -> bool:
    return any(
        sign in str(error) for sign in ("RemoteDisconnected", "Connection reset", "Broken pipe", "IncompleteRead")
    )


def _reason(error: Exception) -> str:
    text = str(error)
    known = _TLS if isinstance(error, urllib3.exceptions.SSLError) else _HTTP
    for sign, reason in known:
        if sign in text:
            return reason
    # That nobody is there is a kind of timeout to urllib3.
    late = isinstance(error, urllib3.exceptions.TimeoutError)
    unmet = isinstance(error, urllib3.exceptions.NewConnectionError)
    return "no answer in time" if late and not unmet else type(error).__name__
