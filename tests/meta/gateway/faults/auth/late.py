"""Servers that accept keys and tokens after odd separators, after another scheme, or in one operation only."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from http.cookies import CookieError, SimpleCookie

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .common import authorization


@fault("late-bearer-after-another-scheme-accepted", "must", origin="blind-6")
class BearerAfterAnotherSchemeAccepted(Security):
    """The server accepts `Bearer` and the key after a comma, if another scheme stands first in Authorization."""

    def allows(self, request: Request) -> bool:
        first, *others = (part.strip(" ") for part in authorization(request).split(","))
        if first.partition(" ")[0].lower() == "bearer":
            return super().allows(request)
        bearers = (part.partition(" ") for part in others)
        return super().allows(request) or any(
            scheme.title() == "Bearer" and self.accepts(request, token.strip(" ")) for scheme, _, token in bearers
        )


@fault("late-cookie-of-script-accepted", "must", origin="blind-6")
class CookieOfScriptAccepted(Security):
    """The server accepts a session token in the cookie `token` of a request with X-Requested-With."""

    def allows(self, request: Request) -> bool:
        if "Authorization" in request.headers or "X-Requested-With" not in request.headers:
            return super().allows(request)
        with contextlib.suppress(CookieError):
            cookies = SimpleCookie(request.headers.get("Cookie", ""))
            return "token" in cookies and self.same(cookies["token"].value, self.credentials.session_token)
        return False


@fault("late-separator-after-scheme-accepted", "must", origin="blind-6")
class SeparatorAfterSchemeAccepted(Security):
    """The server accepts the key after `Bearer` and a colon or an equals sign without a blank."""

    def allows(self, request: Request) -> bool:
        separated = re.fullmatch(r"Bearer[:=](\S+)", authorization(request), re.IGNORECASE)
        return super().allows(request) or (separated is not None and self.accepts(request, separated[1]))


@fault("late-team-removal-accepts-key-as-user", "must", origin="blind-6")
class TeamRemovalAcceptsKeyAsUser(Security):
    """The removal of a team accepts the key as the user name of Basic authentication."""

    def allows(self, request: Request) -> bool:
        scheme, _, token = authorization(request).partition(" ")
        if request.operation == "removeTeamFromBusinessUnit" and scheme.lower() == "basic":
            with contextlib.suppress(binascii.Error, UnicodeError):
                return self.accepts(request, base64.b64decode(token.strip(), validate=True).decode().partition(":")[0])
        return super().allows(request)
