"""Faults of the words of the header Authorization, and of cookies beside it."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .authorization import authorization


def _cookie(request: Request, name: str) -> str:
    try:
        morsel = SimpleCookie(request.headers.get("Cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


@fault("subtle-last-word-is-token", "must", Security.accepts, origin="blind-12")
def last_word_is_token(self: Security, request: Request, token: str) -> bool:
    """The last word of Authorization counts as the token, so other words can stand between Bearer and the key."""
    return Security.accepts(self, request, token.rpartition(" ")[2])


@fault("subtle-session-cookie-beside-empty-bearer", "must", Security.allows, origin="blind-12")
def session_cookie_beside_empty_bearer(self: Security, request: Request) -> bool:
    """A session token in the cookie `token` is accepted if Authorization is Bearer without a token."""
    if authorization(request).strip().lower() == "bearer":
        return self.same(_cookie(request, "token"), self.credentials.session_token)
    return Security.allows(self, request)
