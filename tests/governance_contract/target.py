"""The implementation under judgement: where it is, how to talk to it, what it serves."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.utils import get_environ_proxies

from .contract import Contract, Operation
from .credentials import Credential, Keyring
from .exchange import Exchange

_PATIENCE_WITH_429 = 30.0
_LONGEST_PAUSE = 10.0


class Unreachable(ConnectionError):
    """The target gives no HTTP answer; nothing can be said about its conformance."""


def check_url(url: str) -> str:
    """Return a base URL without its trailing slash.

    Raises:
        ValueError: it is not an http or https URL with a host, or carries credentials, a query or a fragment.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http:// or https:// URL")
    if parts.username or parts.password:
        raise ValueError("the URL carries credentials; pass the key in GOVERNANCE_API_KEY instead")
    if parts.query or parts.fragment:
        raise ValueError(f"{url!r} has a query or a fragment; the base URL ends before them")
    _ = parts.port  # raises ValueError for a port that is no number
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine: localhost, 127.0.0.0/8 or [::1]."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 section 6.3


class Target:
    """A base URL with a session, the credentials and the contract to judge by."""

    def __init__(self, base_url: str, contract: Contract, keyring: Keyring, *, timeout: float) -> None:
        """Prepare a target; nothing is sent yet. ``timeout`` is in seconds, for each request."""
        self.base_url = base_url
        self.contract = contract
        self.keyring = keyring
        self.redact = keyring.redactor()
        self.on_exchange: Callable[[Exchange], None] = lambda exchange: None
        self.not_served: set[str] = set()
        self._timeout = timeout
        self._session = self.new_session()

    def new_session(self) -> requests.Session:
        """Return a session that adds nothing to a request by itself: no cookies, no netrc."""
        session = requests.Session()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # The environment is read once, here: for each request it would also bring credentials from ~/.netrc.
        session.trust_env = False
        session.proxies = get_environ_proxies(self.base_url)
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
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
        response = self._patiently(session or self._session, method, url, payload, {**fields, **who.headers})
        exchange = Exchange(
            operation=operation,
            method=method,
            url=url,
            credential=who,
            request_headers=fields,
            request_body=payload,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
        )
        self.on_exchange(exchange)
        return exchange

    def _patiently(
        self, session: requests.Session, method: str, url: str, payload: bytes | None, headers: dict[str, str]
    ) -> requests.Response:
        """Send, and obey 429 with Retry-After (RFC 6585 section 4) for a while."""
        deadline = time.monotonic() + _PATIENCE_WITH_429
        encoded = {name: value.encode("utf-8") for name, value in headers.items()}
        while True:
            try:
                response = session.request(
                    method, url, data=payload, headers=encoded, timeout=self._timeout, allow_redirects=False
                )
            except requests.RequestException as error:
                raise Unreachable(f"{method} {url}: {_reason(error)}") from error
            pause = _retry_after(response)
            if pause is None or time.monotonic() + pause > deadline:
                return response
            time.sleep(pause)


def _retry_after(response: requests.Response) -> float | None:
    """Return for how many seconds a 429 asks to wait; None where the answer is not a 429."""
    if response.status_code != 429:
        return None
    value = response.headers.get("Retry-After", "1")
    # RFC 9110 section 10.2.3 also allows a date; a second is then as good a guess as any.
    return min(float(value), _LONGEST_PAUSE) if value.isdecimal() else 1.0


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS certificate cannot be verified"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    text = str(error)
    for sign, reason in (
        ("Connection refused", "connection refused"),
        ("Name or service not known", "the host name does not resolve"),
        ("Failed to resolve", "the host name does not resolve"),
        ("RemoteDisconnected", "the connection was closed without an answer"),
        ("Connection reset", "the connection was reset"),
    ):
        if sign in text:
            return reason
    return type(error).__name__
