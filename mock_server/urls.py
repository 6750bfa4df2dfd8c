"""Paths and query strings as they were sent.

WSGI passes a decoded path, in which `%2F` inside an identifier looks like a slash between segments. The path as it was
sent is in `REQUEST_URI`, which `server.py`, Werkzeug's test client and several WSGI servers set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from mock_server.problems import Problem

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def percent_decode(raw: bytes) -> str:
    """Decode percent-encoding (RFC 3986, section 2.1); raises a 400 Problem if it is broken or not UTF-8."""
    if _BROKEN_ESCAPE.search(raw):
        raise Problem(HTTPStatus.BAD_REQUEST, "Invalid percent-encoding")
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise Problem(HTTPStatus.BAD_REQUEST, "Invalid percent-encoding") from None


def parse_query(text: str) -> list[tuple[str, str]]:
    """Return names and values of a WSGI query string; raises a 400 Problem if its percent-encoding is broken."""
    pairs = (pair.partition(b"=") for pair in text.encode("latin-1").replace(b"+", b" ").split(b"&") if pair)
    return [(percent_decode(name), percent_decode(value)) for name, _, value in pairs]


def exact_path(wsgi_app: WsgiApp) -> WsgiApp:
    """Return an application that gets in `PATH_INFO` decoded segments, with `/` and `%` still encoded.

    A segment that cannot be decoded stays as it was sent; `segment` refuses it.
    """

    def exact(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = environ.get("REQUEST_URI")
        if sent and "%" in sent and sent.startswith("/"):
            path, _, _ = sent.partition("?")
            environ["PATH_INFO"] = "/".join(map(_routable, path.split("/")))
        return wsgi_app(environ, start_response)

    return exact


def _routable(sent: str) -> str:
    try:
        decoded = percent_decode(sent.encode("latin-1"))
    except Problem:
        return sent
    return decoded.replace("%", "%25").replace("/", "%2F").encode().decode("latin-1")


def segment(routed: str) -> str:
    """Return the text of a segment of such a path; raises a 400 Problem if it cannot be decoded."""
    return percent_decode(routed.encode()) if "%" in routed else routed
