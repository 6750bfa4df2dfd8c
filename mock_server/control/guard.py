"""Who may use control: programs of this machine, and pages of the origins that the mock allows.

Control needs no key on a loopback address. A web page of any site can send requests to such an address, so these
requests must be told from those of a developer:

- A page whose domain was pointed at a loopback address (DNS rebinding) sends its own name in `Host`.
- A page of another site sends its `Origin` with every request that it may read, and with every POST, PUT, PATCH and
  DELETE. What it can send without asking first (a preflight request) is never `application/json`.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from mock_server.api.cors import CrossOrigin
from mock_server.control.errors import ControlError
from mock_server.errors import CONTROL_KEY_VARIABLE
from mock_server.wsgi import CONTROL_KEY_FIELD, SAFE_METHODS, media_type

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::[0-9]*)?")


class Guard:
    """Decides on each request of control, before its path is known."""

    def __init__(self, cross_origin: CrossOrigin, key: str | None) -> None:
        """Allow these origins; with a key, only requests that have it."""
        self._cross_origin, self._key = cross_origin, key

    def check(self, environ: Mapping[str, Any], *, needs_key: bool = True) -> None:
        """Raise ControlError if the request may not use control."""
        if self._key is None:
            _check_addresses(environ)
        elif needs_key and not hmac.compare_digest(
            environ.get(CONTROL_KEY_FIELD, "").encode("latin-1"), self._key.encode()
        ):
            raise ControlError(
                HTTPStatus.FORBIDDEN, f"control needs the key of {CONTROL_KEY_VARIABLE} in X-Mock-Control-Key"
            )
        self._check_origin(environ)

    def _check_origin(self, environ: Mapping[str, Any]) -> None:
        origin = environ.get("HTTP_ORIGIN")
        own = origin is not None and origin == f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        if origin is not None and not own and not self._cross_origin.allows_control(origin):
            message = f"pages of {origin[:200]} may not use control; the option --cors-origin allows an origin by name"
            raise ControlError(HTTPStatus.FORBIDDEN, message)
        if environ["REQUEST_METHOD"] in SAFE_METHODS:
            return
        if origin is None and environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
            raise ControlError(HTTPStatus.FORBIDDEN, "a page of another site may not use control")
        has_body = environ.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ
        sent = media_type(environ)
        if sent != "application/json" and (has_body or sent):
            raise ControlError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a body needs Content-Type: application/json")


def _check_addresses(environ: Mapping[str, Any]) -> None:
    """Refuse a client of another machine, and a name that does not mean this machine."""
    client, host = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_HOST", "")
    if client and not is_loopback(client):
        raise ControlError(
            HTTPStatus.FORBIDDEN, f"control from another machine needs a key: set {CONTROL_KEY_VARIABLE}"
        )
    match = _HOST.fullmatch(host)
    if not match or not is_loopback(match[1].strip("[]")):
        message = f"the Host {host[:200]!r} is no loopback name: use localhost, or set {CONTROL_KEY_VARIABLE}"
        raise ControlError(HTTPStatus.FORBIDDEN, message)


def is_loopback(host: str) -> bool:
    """Return whether a name or an address means this machine (RFC 6761, section 6.3; RFC 6890)."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
