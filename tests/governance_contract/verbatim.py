"""Requests sent otherwise than the HTTP library does: paths to the letter, bodies without a media type, news of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from .target import Target


class _Verbatim(HTTPAdapter):
    """Sends a request target as it was written, dot segments and doubled slashes included."""

    def __init__(self, request_target: str) -> None:
        """Send this request target whatever the request says."""
        super().__init__()
        self._request_target = request_target

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """Return the request target; a proxy is given the whole URL, which the library tidies."""
        tidied: str = super().request_url(request, proxies)
        return tidied if "://" in tidied else self._request_target


class _Untyped(HTTPAdapter):
    """Sends requests without Content-Type."""

    def add_headers(self, request: requests.PreparedRequest, **details: Any) -> None:
        """Take the header field away in the last moment."""
        request.headers.pop("Content-Type", None)


class _Chunked(HTTPAdapter):
    """Sends bodies in chunks."""

    def add_headers(self, request: requests.PreparedRequest, **details: Any) -> None:
        """Leave the length out: the library sends what has none in chunks (RFC 9112 section 7.1)."""
        request.headers.pop("Content-Length", None)


class _Telling(HTTPAdapter):
    """Tells when a request has left, before its answer is there."""

    def __init__(self, sent: Callable[[], None]) -> None:
        """Call this after the last byte of each request."""
        super().__init__()
        self._sent = sent

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request piece by piece: who asks for another piece has sent the one before."""
        request.body = self._pieces(request.body)  # type: ignore[assignment]  # the stubs know no iterables
        return super().send(request, *arguments, **options)

    def _pieces(self, body: Any) -> Iterator[Any]:
        yield body or b""
        self._sent()


@contextmanager
def telling(target: Target, sent: Callable[[], None]) -> Iterator[requests.Session]:
    """Return a session that calls ``sent`` when a request has left, before its answer is there."""
    with target.new_session() as session:
        session.mount(target.base_url, _Telling(sent))
        yield session


@contextmanager
def in_chunks(target: Target) -> Iterator[requests.Session]:
    """Return a session whose bodies go in chunks."""
    with target.new_session() as session:
        session.mount(target.base_url, _Chunked())
        yield session


@contextmanager
def as_written(target: Target, location: str) -> Iterator[requests.Session]:
    """Return a session whose requests go to this percent-encoded location below the base URL, to the letter."""
    with target.new_session() as session:
        session.mount(target.base_url, _Verbatim(urlsplit(target.base_url).path + location))
        yield session


@contextmanager
def without_media_type(target: Target) -> Iterator[requests.Session]:
    """Return a session whose requests have no Content-Type, whatever they say."""
    with target.new_session() as session:
        session.mount(target.base_url, _Untyped())
        yield session
