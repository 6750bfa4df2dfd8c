"""Servers that accept or refuse unusual keys, or unusual combinations of credentials."""

from __future__ import annotations

import base64
import binascii
import contextlib
import urllib.parse
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie

from ...assembly import fault
from ...messages import Refusal, Request
from ...pipeline import Pipeline
from ...security import Security
from .authorization import authorization

QUERY_NAMES = ("access_token", "api_key", "apikey", "key", "token")


def _credential(request: Request) -> tuple[str, str]:
    """Return the scheme in lower case and the rest of the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower(), token.strip(" ")


def _cookie(request: Request) -> str:
    """Return the value of the cookie `token`, or an empty string."""
    try:
        cookies = SimpleCookie(request.headers.get("Cookie", ""))
    except CookieError:
        return ""
    return cookies["token"].value if "token" in cookies else ""


@fault("rare-second-header-after-another-scheme", "should", origin="blind-4")
class SecondHeaderAfterAnotherScheme(Security):
    """The server accepts the key in a second Authorization header if the first one has a scheme other than Bearer."""

    def allows(self, request: Request) -> bool:
        values = request.headers.get_all("Authorization") or []
        if len(values) == 2 and _credential(request)[0] != "bearer":
            scheme, _, token = values[1].partition(" ")
            return scheme.title() == "Bearer" and self.accepts(request, token.strip(" "))
        return super().allows(request)


@fault("rare-query-key-beside-basic", "must", origin="blind-4")
class QueryKeyBesideBasic(Security):
    """The server accepts the key in the query if the Authorization header has the scheme Basic."""

    def allows(self, request: Request) -> bool:
        query = urllib.parse.parse_qs(request.query)
        if _credential(request)[0] == "basic":
            return any(self.accepts(request, value) for name in QUERY_NAMES for value in query.get(name, []))
        return super().allows(request)


@fault("rare-parameters-after-key", "must", origin="blind-4")
class ParametersAfterKey(Security):
    """The server ignores everything after a semicolon in the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.partition(";")[0].rstrip(" "))


@fault("rare-hyphen-equals-underscore", "must", origin="blind-4")
class HyphenEqualsUnderscore(Security):
    """The server accepts the key with underscores in place of hyphens."""

    def same(self, token: str, secret: str) -> bool:
        return super().same(token.replace("_", "-"), secret.replace("_", "-"))


@fault("rare-percent-encoded-key", "must", origin="blind-4")
class PercentEncodedKey(Security):
    """The server percent-decodes the bearer token before the comparison."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, urllib.parse.unquote(token))


@fault("rare-non-ascii-bytes-in-key-ignored", "must", origin="blind-4")
class NonAsciiBytesInKeyIgnored(Security):
    """The server ignores bytes beyond ASCII in the bearer token."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, "".join(character for character in token if character.isascii()))


@fault("rare-key-prefix-in-other-case", "must", origin="blind-4")
class KeyPrefixInOtherCase(Security):
    """The server compares the letters before the first hyphen of the key without regard to case."""

    def same(self, token: str, secret: str) -> bool:
        prefix, hyphen, rest = token.partition("-")
        expected = secret.partition("-")[0]
        if hyphen and prefix.lower() == expected.lower():
            return super().same(f"{expected}-{rest}", secret)
        return super().same(token, secret)


@fault("rare-key-at-both-ends", "must", origin="blind-4")
class KeyAtBothEnds(Security):
    """The server accepts a bearer token that both begins and ends with the key, such as the key written twice."""

    def same(self, token: str, secret: str) -> bool:
        return bool(secret) and token.startswith(secret) and token.endswith(secret)


@fault("rare-virtual-key-beside-x-api-key", "must", origin="blind-4")
class VirtualKeyBesideXApiKey(Security):
    """The server accepts the management key in x-api-key if the bearer token is a valid virtual key."""

    def allows(self, request: Request) -> bool:
        scheme, token = _credential(request)
        if scheme == "bearer" and self.same(token, self.credentials.virtual_key):
            return self.accepts(request, request.headers.get("x-api-key", ""))
        return super().allows(request)


@fault("rare-cookie-after-empty-token", "must", origin="blind-4")
class CookieAfterEmptyToken(Security):
    """The server accepts a cookie with the key or a session token if the bearer token is empty, null or undefined."""

    def allows(self, request: Request) -> bool:
        scheme, token = _credential(request)
        if scheme == "bearer" and token in ("", "null", "undefined"):
            cookie = _cookie(request)
            return self.accepts(request, cookie) or self.same(cookie, self.credentials.session_token)
        return super().allows(request)


@fault("rare-session-token-in-header-and-cookie", "must", origin="blind-4")
class SessionTokenInHeaderAndCookie(Security):
    """The server accepts a session token as the bearer token if the cookie `token` has the same value."""

    def allows(self, request: Request) -> bool:
        scheme, token = _credential(request)
        if scheme == "bearer" and token == _cookie(request):
            if self.same(token, self.credentials.session_token):
                return True
        return super().allows(request)


@fault("rare-basic-password-is-key", "must", origin="blind-4")
class BasicPasswordIsKey(Security):
    """The server accepts the key as the password of Basic authentication if the user name is not empty."""

    def allows(self, request: Request) -> bool:
        scheme, token = _credential(request)
        if scheme == "basic":
            with contextlib.suppress(binascii.Error, UnicodeError):
                user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
                return bool(user) and self.accepts(request, password)
        return super().allows(request)


@fault("rare-charset-skips-authentication", "must", origin="blind-4")
class CharsetSkipsAuthentication(Security):
    """The server needs no credential if Content-Type has a charset and no Authorization header is sent."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers and request.headers.get_param("charset") is not None:
            return True
        return super().allows(request)


@fault("rare-key-refused-beside-cookie", "must", origin="blind-4")
class KeyRefusedBesideCookie(Security):
    """The server refuses the key with 401 if the request also has a cookie."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) and "Cookie" not in request.headers


@fault("rare-team-removal-reveals-unknown-teams", "must", origin="blind-4")
class TeamRemovalRevealsUnknownTeams(Pipeline):
    """The removal of an unknown team answers 404 to a request without the key."""

    def authorise(self, request: Request) -> None:
        if request.operation == "removeTeamFromBusinessUnit" and not self.security.allows(request):
            self.operations.team(self.decoded(request.parameters["team_id"]))
        super().authorise(request)


@fault("rare-virtual-key-removes-rate-limit", "must", origin="blind-4")
class VirtualKeyRemovesRateLimit(Pipeline):
    """An update with a virtual key is refused with 401, but an empty rate_limit in it removes the rate limit."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal:
            scheme, token = _credential(request)
            if scheme == "bearer" and self.security.same(token, self.security.credentials.virtual_key):
                self.remove_rate_limit(request)
            raise

    def remove_rate_limit(self, request: Request) -> None:
        """Carry out the removal of the rate limit, if the request asks for it."""
        operations = self.operations
        if request.operation != "updateBusinessUnitGovernance":
            return
        with contextlib.suppress(Refusal), operations.store.transaction():
            change = operations.bodies.update(operations.bodies.document(request.body))
            unit = operations.store.find(self.decoded(request.unit_id))
            if unit is not None and change.rate_limit is not None and change.rate_limit.removes:
                operations.store.save(replace(unit, rate_limit=None))


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
