"""Connections to the target: what travels is what was asked for and nothing besides."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy

from .base_url import is_loopback
from .exchange import Exchange

Answer = tuple[int, dict[str, str], bytes]
"""Status, header fields in lower case, body."""
_ALWAYS = {"User-Agent": "governance-contract", "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"}


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


@dataclass(frozen=True)
class Oddity:
    """What is unusual about requests."""

    typed: bool = True
    """Whether bodies have a Content-Type."""
    chunked: bool = False
    """Whether bodies go in chunks (RFC 9112 section 7.1)."""
    sent: Callable[[], None] | None = None
    """What to call when a request has left, before its answer is there."""


PLAIN = Oddity()


class Connections:
    """Connections to one server, kept open between requests: no cookies, no netrc, no redirects, no repetitions.

    Request targets stay as they are written, dot segments and doubled slashes included, unless a proxy for plain HTTP
    is on the way. Proxies and certificates are found as requests finds them.
    """

    def __init__(self, base_url: str, transport: Transport, oddity: Oddity = PLAIN) -> None:
        """Prepare connections; nothing is sent yet.

        Raises:
            ValueError: the URL, its proxy or its certificates cannot be used.
        """
        self._origin = base_url.removesuffix(urlsplit(base_url).path)
        self._timeout = transport.timeout
        self._oddity = oddity
        # What is on this machine is asked directly: its key is not for a proxy.
        proxies = {} if is_loopback(base_url) else get_environ_proxies(base_url)
        proxy = select_proxy(base_url, proxies)
        usual = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        verify: str | bool = transport.ca_bundle or usual
        adapter = HTTPAdapter()
        try:
            anything = requests.Request("GET", base_url).prepare()
            pool = adapter.get_connection_with_tls_context(
                anything, verify, proxies=proxies, cert=transport.client_certificate
            )
            trust: Callable[..., None] = adapter.cert_verify  # which the stubs leave untyped
            trust(pool, base_url, verify, transport.client_certificate)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # What is wrong with a proxy may quote its password.
            reason = "the proxy that the environment names cannot be used" if proxy else error
            raise ValueError(f"{base_url} cannot be asked: {reason}") from error
        self._pool = cast(urllib3.HTTPConnectionPool, pool)
        self._absolute = "://" in adapter.request_url(anything, proxies)
        self._always = {**_ALWAYS, **(adapter.proxy_headers(proxy) if proxy and self._absolute else {})}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def fetch(self, request: Exchange) -> Answer:
        """Send a request and return what is answered.

        Raises:
            urllib3.exceptions.HTTPError: no answer came, or not all of it.
        """
        body = request.request_body
        given = {**request.request_headers, **request.credential.headers}
        fields: dict[str, Any] = {**self._always, **{name: value.encode() for name, value in given.items()}}
        if not self._oddity.typed:
            fields.pop("Content-Type", None)
        if not self._oddity.chunked and (body is not None or request.method not in ("GET", "HEAD")):
            fields["Content-Length"] = str(len(body or b""))
        response = self._pool.urlopen(
            request.method,
            request.url if self._absolute else request.url.removeprefix(self._origin),
            body=body if self._oddity.sent is None else _told(body, self._oddity.sent),
            headers=fields,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=self._timeout,
            chunked=self._oddity.chunked,
        )
        return response.status, {name.lower(): value for name, value in response.headers.items()}, response.data


def _told(body: bytes | None, sent: Callable[[], None]) -> Iterator[bytes]:
    """Yield a body and call ``sent``: who asks for the next piece has sent the one before."""
    yield body or b""
    sent()
