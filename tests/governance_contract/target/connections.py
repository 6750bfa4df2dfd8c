"""Connections to the target. They send a request unchanged, with the header fields that HTTP requires."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy

from .base_url import is_loopback
from .exchange import Request, Response
from .extra_headers import ExtraHeaders
from .reading import TimedResponse, read_body

_DEFAULT_HEADERS = {"User-Agent": "governance-contract", "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"}


@dataclass(frozen=True)
class Transport:
    """Timeout, rate and TLS settings of every connection."""

    timeout: float = 10.0
    """Seconds within which a response has to be complete."""
    rate: float | None = None
    """Maximum requests per second; None means no limit."""
    ca_bundle: str | None = None
    """A file of certificates to trust instead of the default ones."""
    client_certificate: str | tuple[str, str] | None = None
    """A file with the client's certificate and key, or one file of each."""
    extra: ExtraHeaders = field(default_factory=ExtraHeaders)
    """Header fields of every request."""


@dataclass(frozen=True)
class RequestOptions:
    """How requests are sent on a connection."""

    content_type: bool = True
    """Whether a body has a Content-Type."""
    chunked: bool = False
    """Whether a body is sent in chunks (RFC 9112 section 7.1)."""
    on_sent: Callable[[], None] | None = None
    """Called when a request is sent, before its response is read."""


DEFAULT_OPTIONS = RequestOptions()


class Connections:
    """Connections to one server, kept open between requests: no cookies, no netrc, no redirects, no retries.

    Request targets are sent as written, with dot segments and double slashes, unless a proxy for plain HTTP is in use.
    Proxies and certificates are found in the environment as the library requests does it.
    """

    def __init__(self, base_url: str, transport: Transport, options: RequestOptions = DEFAULT_OPTIONS) -> None:
        """Prepare connections; nothing is sent yet.

        Raises:
            ValueError: the URL, its proxy or its certificates cannot be used.
        """
        self._origin = base_url.removesuffix(urlsplit(base_url).path)
        self._timeout = transport.timeout
        self._options = options
        # No proxy is used for a loopback address, since the proxy would see the key.
        proxies = {} if is_loopback(base_url) else get_environ_proxies(base_url)
        proxy = select_proxy(base_url, proxies)
        default = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        verify: str | bool = transport.ca_bundle or default
        adapter = HTTPAdapter()
        try:
            probe = requests.Request("GET", base_url).prepare()
            pool = adapter.get_connection_with_tls_context(
                probe, verify, proxies=proxies, cert=transport.client_certificate
            )
            cert_verify: Callable[..., None] = adapter.cert_verify  # the stubs leave it untyped
            cert_verify(pool, base_url, verify, transport.client_certificate)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # An error about a proxy may contain its password.
            reason = "the proxy in the environment cannot be used" if proxy else error
            raise ValueError(f"cannot connect to {base_url}: {reason}") from error
        self._pool = cast(urllib3.HTTPConnectionPool, pool)
        connection = self._pool.ConnectionCls
        members = {"response_class": TimedResponse}
        # A request with a callback sends its body when the callback says so.
        parents = (connection,) if options.on_sent else (_InOnePiece, connection)
        self._pool.ConnectionCls = cast(Any, type(connection.__name__, parents, members))
        self._absolute = "://" in adapter.request_url(probe, proxies)
        self._default_headers: dict[str, str | bytes] = {
            **_DEFAULT_HEADERS,
            **{name: value.encode() for name, value in transport.extra.sent.items()},
            **(adapter.proxy_headers(proxy) if proxy and self._absolute else {}),
        }

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def fetch(self, request: Request) -> Response:
        """Send a request and return the response.

        Raises:
            urllib3.exceptions.HTTPError: there was no response, or it was incomplete.
        """
        content, on_sent = request.body, self._options.on_sent
        headers = {**request.headers, **request.credential.headers}
        fields: dict[str, Any] = {**self._default_headers, **{name: value.encode() for name, value in headers.items()}}
        if not self._options.content_type:
            fields.pop("Content-Type", None)
        if not self._options.chunked and (content is not None or request.method not in ("GET", "HEAD")):
            fields["Content-Length"] = str(len(content or b""))
        answer = self._pool.urlopen(
            request.method,
            request.url if self._absolute else request.url.removeprefix(self._origin),
            body=content if on_sent is None else _with_callback(content, on_sent),
            headers=fields,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=self._timeout,
            chunked=self._options.chunked,
            preload_content=False,
        )
        body, defect = read_body(answer)
        return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body, defect)


class _InOnePiece:
    """Sends header and body of a request together, so that a server wakes up once. http.client sends them apart."""

    _held: list[bytes] | None = None

    def request(self, *arguments: Any, **options: Any) -> None:
        """Send a request."""
        self._held = []
        try:
            super().request(*arguments, **options)  # type: ignore[misc]  # the other base class has it
            pieces = self._held
        finally:
            self._held = None
        self.send(b"".join(pieces))

    def send(self, data: Any) -> None:
        """Send bytes, or hold them back while a request is put together."""
        if self._held is None:
            super().send(data)  # type: ignore[misc]  # the other base class has it
        else:
            self._held.append(data)


def _with_callback(body: bytes | None, on_sent: Callable[[], None]) -> Iterator[bytes]:
    """Yield a body, then call ``on_sent``: the client requests the next chunk after it has sent the previous one."""
    yield body or b""
    on_sent()
