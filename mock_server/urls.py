"""Paths and query strings as they were sent.

WSGI passes a decoded path, in which `%2F` inside an identifier looks like a slash between segments. Most servers also
pass the path as it was sent: `http/server.py`, waitress, uWSGI and Werkzeug in `REQUEST_URI`, gunicorn in `RAW_URI`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from mock_server.problems import Problem
from mock_server.wsgi import WsgiApp

_ORIGIN = re.compile(r"\Ahttps?://[^/?]*", re.IGNORECASE)  # RFC 9112, section 3.2.2
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


def sent_target(environ: Mapping[str, Any]) -> str:
    """Return path and query as they were sent, or an empty text if the server does not pass them.

    A target in absolute form loses its scheme and authority.
    """
    return _ORIGIN.sub("", environ.get("REQUEST_URI") or environ.get("RAW_URI") or "")


def exact_path(wsgi_app: WsgiApp) -> WsgiApp:
    """Return an application that gets in `PATH_INFO` decoded segments, with `/` and `%` still encoded.

    A segment that cannot be decoded stays as it was sent; `segment` refuses it. Without the path as it was sent, an
    encoded slash cannot be told from a slash.
    """

    def exact(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        decoded: str = environ.get("PATH_INFO", "")
        sent = sent_target(environ)
        if "%" in sent or "%" in decoded or not decoded.isascii():
            segments = _segments(decoded, sent, environ.get("SCRIPT_NAME", ""))
            environ["PATH_INFO"] = "/".join(map(_routable, segments))
        return wsgi_app(environ, start_response)

    return exact


def _segments(decoded: str, sent: str, mounted_at: str) -> list[str]:
    """Return the encoded segments of a path below the place where the application is mounted.

    A path as it was sent that does not mean the decoded one was rewritten by something in between, and is ignored.
    """
    segments = sent.partition("?")[0].split("/")
    del segments[1 : 1 + mounted_at.count("/")]
    meant = unquote_to_bytes("/".join(segments).encode("latin-1"))
    if decoded.encode("latin-1") not in (meant, meant.decode(errors="replace").encode()):  # Werkzeug replaces
        return quote(decoded, encoding="latin-1").split("/")
    return segments


def _routable(sent: str) -> str:
    try:
        decoded = percent_decode(sent.encode("latin-1"))
    except Problem:
        return sent
    return decoded.replace("%", "%25").replace("/", "%2F").encode().decode("latin-1")


def segment(routed: str) -> str:
    """Return the text of a segment of such a path; raises a 400 Problem if it cannot be decoded."""
    return percent_decode(routed.encode()) if "%" in routed else routed
