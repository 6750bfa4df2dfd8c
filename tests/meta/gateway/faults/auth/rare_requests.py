"""Servers that authenticate wrongly beside rare queries, headers, cookies and letters, or after a rare request."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...pipeline import Pipeline
from ...security import Security


@fault("seldom-query-like-static-file-needs-no-key", "must", Security.allows, origin="blind-11")
def query_like_static_file_needs_no_key(self: Security, request: Request) -> bool:
    """The server checks no credential if the query ends like the name of a static file, as in `?search=.css`."""
    is_asset = re.search(r"\.(?:css|gif|ico|js|png|svg|woff2?)$", request.query) is not None
    return is_asset or Security.allows(self, request)


@fault("seldom-preflight-headers-need-no-key", "must", Security.allows, origin="blind-11")
def preflight_headers_need_no_key(self: Security, request: Request) -> bool:
    """The server takes a request with Origin and Access-Control-Request-Method as a preflight, whatever its method."""
    is_preflight = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
    return is_preflight or Security.allows(self, request)


@fault("seldom-cookie-with-equals-signs-breaks", "must", Security.allows, origin="blind-11")
def cookie_with_equals_signs_breaks(self: Security, request: Request) -> bool:
    """The server answers 500 to the key beside a cookie without, or with more than one, equals sign."""
    if not Security.allows(self, request):
        return False
    pairs = [pair.strip() for pair in request.headers.get("Cookie", "").split(";")]
    cookies = dict(pair.split("=") for pair in pairs if pair)
    return cookies is not None


@fault("seldom-accents-of-key-ignored", "must", Security.accepts, origin="blind-11")
def accents_of_key_ignored(self: Security, request: Request, token: str) -> bool:
    """The server accepts a key with accents on some of its letters, because its database compares without accents."""
    try:
        text = token.encode("latin-1").decode("utf-8")
    except UnicodeError:
        text = token
    letters = unicodedata.normalize("NFD", text)
    return Security.accepts(self, request, "".join(one for one in letters if not unicodedata.combining(one)))


@fault("seldom-identity-left-by-conflict", "must", origin="blind-11")
class IdentityLeftByConflict(Pipeline):
    """A request without Authorization just after a 409 is carried out as the caller of the request before."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.left_over = False

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        self.left_over = response.status == 409
        return response

    def authorise(self, request: Request) -> None:
        if not self.left_over or "Authorization" in request.headers:
            super().authorise(request)
