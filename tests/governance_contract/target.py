"""The implementation under judgement: where it is, how to talk to it, what it serves."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlencode

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies, requote_uri

from .address import is_loopback
from .contract import Contract, Operation
from .credentials import Credential, Keyring
from .exchange import NO_ANSWER, Exchange
from .pace import Pace, retry_after

_REPEATABLE = ("GET", "HEAD", "OPTIONS", "PUT")
_PATIENCE_WITH_429 = 60.0  # seconds, for one request


class Unreachable(ConnectionError):
    """The target gives no HTTP answer; nothing can be said about its conformance."""


class HungUp(Unreachable):
    """The target closed the connection on a request; it may answer others."""

    def __init__(self, message: str, exchange: Exchange, *, repeated: bool) -> None:
        """Say so; the exchange has the request, and no answer. Was it repeated, and the connection closed again?"""
        super().__init__(message)
        self.exchange = exchange
        self.repeated = repeated


class OutOfTime(Exception):
    """The time that the run may take is up."""


@dataclass(frozen=True)
class Transport:
    """How requests travel."""

    timeout: float = 10.0
    """Patience for one answer, in seconds."""
    rate: float | None = None
    """Most requests in a second; None is as fast as answers come."""
    ca_bundle: str | None = None
    """A file of certificates to trust instead of the usual ones."""
    client_certificate: str | tuple[str, str] | None = None
    """A file with the client's certificate and key, or one of each."""


class Target:
    """A base URL with a session, the credentials and the contract to judge by."""

    def __init__(self, base_url: str, contract: Contract, keyring: Keyring, transport: Transport) -> None:
        """Prepare a target; nothing is sent yet."""
        self.base_url = base_url
        self.contract = contract
        self.keyring = keyring
        self.redact = keyring.redactor()
        self.before_request: Callable[[], None] = lambda: None
        self.on_exchange: Callable[[Exchange], None] = lambda exchange: None
        self.not_served: set[str] = set()
        self._transport = transport
        self._pace = Pace(transport.rate)
        self._count = itertools.count(1)
        self.requests = 0
        """How many requests were sent."""
        self._session = self.new_session()

    def new_session(self) -> requests.Session:
        """Return a session that adds nothing to a request by itself: no cookies, no netrc."""
        session = requests.Session()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # The environment is read once, here: for each request it would also bring credentials from ~/.netrc.
        session.trust_env = False
        # What is on this machine is asked directly: its key is not for a proxy.
        session.proxies = {} if is_loopback(self.base_url) else get_environ_proxies(self.base_url)
        usual = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        session.verify = self._transport.ca_bundle or usual
        session.cert = self._transport.client_certificate
        session.headers["User-Agent"] = "governance-contract"
        return session

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

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
        session: requests.Session | None = None,
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
            session: a connection pool of the caller's; the target's own where it is None.

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
            session=session,
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
        session: requests.Session | None = None,
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
        response = self._patiently(session or self._session, unanswered)
        exchange = replace(
            unanswered,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
        )
        self.on_exchange(exchange)
        return exchange

    def _patiently(self, session: requests.Session, request: Exchange) -> requests.Response:
        """Send at the pace that was asked for, and obey 429 with Retry-After (RFC 6585 section 4)."""
        deadline = time.monotonic() + _PATIENCE_WITH_429
        where = f"{request.method} {request.url}"
        while True:
            response = self._insistently(session, request, where)
            if response.status_code != 429:
                return response
            pause = retry_after(response.headers.get("Retry-After"), time.time())
            if time.monotonic() + pause > deadline:
                raise Unreachable(f"{where}: 429 Too Many Requests, and {pause:.0f} s to wait; try --rate-limit")
            time.sleep(pause)

    def _insistently(self, session: requests.Session, request: Exchange, where: str) -> requests.Response:
        """Send a request, and once more where the connection was closed on it.

        A server may close a kept connection at any moment, also when a request is on its way (RFC 9112 section 9.3.1);
        what is idempotent can be repeated then (RFC 9110 section 9.2.2), though a second deletion is answered
        otherwise.
        """
        for attempt in range(2):
            self.before_request()
            self._pace.wait()
            self.requests = next(self._count)
            try:
                return _fetch(session, request, self._transport.timeout)
            except requests.RequestException as error:
                words = f"{where}: {_reason(error)}"
                if not _hung_up(error):
                    raise Unreachable(words) from error
                if attempt or request.method not in _REPEATABLE:
                    raise HungUp(words, request, repeated=attempt > 0) from error
        raise AssertionError("unreachable")


def _fetch(session: requests.Session, exchange: Exchange, timeout: float) -> requests.Response:
    """Send one request by the session's adapter and read the answer.

    The session itself would merge settings, look for redirects and cookies, and guess at bodies, which takes longer
    than all the rest.
    """
    request, payload = requests.PreparedRequest(), exchange.request_body
    request.method, request.url, request.body = exchange.method, requote_uri(exchange.url), payload
    given = {**exchange.request_headers, **exchange.credential.headers}
    fields: dict[str, Any] = {**session.headers, **{name: value.encode() for name, value in given.items()}}
    request.headers = CaseInsensitiveDict(fields)
    if payload is not None or exchange.method not in ("GET", "HEAD"):
        request.headers["Content-Length"] = str(len(payload or b""))
    verify = True if session.verify is None else session.verify
    response = session.get_adapter(exchange.url).send(
        request, timeout=timeout, verify=verify, cert=session.cert, proxies=session.proxies
    )
    _ = response.content  # read now: errors on the way belong to the request
    return response


def _hung_up(error: requests.RequestException) -> bool:
    return any(
        sign in str(error) for sign in ("RemoteDisconnected", "Connection reset", "Broken pipe", "IncompleteRead")
    )


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return "the TLS certificate cannot be verified; --ca-bundle FILE names the authority that signed it"
        return "TLS cannot be agreed on"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    text = str(error)
    for sign, reason in (
        ("Connection refused", "connection refused"),
        ("Name or service not known", "the host name does not resolve"),
        ("Failed to resolve", "the host name does not resolve"),
        ("RemoteDisconnected", "the connection was closed without an answer"),
        ("Connection reset", "the connection was reset"),
        ("BadStatusLine", "what answers there does not speak HTTP"),
    ):
        if sign in text:
            return reason
    return type(error).__name__
