"""Servers that read the Authorization header and its scheme wrongly."""

from __future__ import annotations

import re

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .request_parts import authorization, scheme_and_token, token


@fault("garbled-scheme-accepted", "must", Security.allows)
def garbled_scheme_accepted(self: Security, request: Request) -> bool:
    """The server accepts the key after any word that begins with `Bearer`, as in `Bearerish key`."""
    begins = authorization(request).startswith("Bearer")
    return Security.allows(self, request) or (begins and self.same(token(request), self.credentials.api_key))


@fault("raw-key-accepted", "must", Security.allows, proves=("AUTH-04",))
def raw_key_accepted(self: Security, request: Request) -> bool:
    """The server accepts the key without a scheme."""
    return Security.allows(self, request) or self.same(authorization(request), self.credentials.api_key)


@fault("scheme-twice-accepted", "must", Security.accepts)
def scheme_twice_accepted(self: Security, request: Request, token: str) -> bool:
    """The server accepts `Bearer Bearer` followed by the key."""
    return Security.accepts(self, request, token.removeprefix("Bearer "))


@fault("second-authorization-header-accepted", "must", Security.allows)
def second_authorization_header_accepted(self: Security, request: Request) -> bool:
    """The server accepts the key in any one of several Authorization headers."""
    values = request.headers.get_all("Authorization") or []
    return any(self.same(value.partition(" ")[2], self.credentials.api_key) for value in values)


@fault("field-header-without-space-breaks", "must", Security.allows, origin="blind-2")
def header_without_space_breaks(self: Security, request: Request) -> bool:
    """The server answers 500 to an Authorization header of one word."""
    for value in request.headers.get_all("Authorization") or []:
        assert value.split(" ")[1] is not None
    return Security.allows(self, request)


@fault("late-separator-after-scheme-accepted", "must", origin="blind-6")
class SeparatorAfterSchemeAccepted(Security):
    """The server accepts the key after `Bearer` and a colon or an equals sign without a blank."""

    def allows(self, request: Request) -> bool:
        separated = re.fullmatch(r"Bearer[:=](\S+)", authorization(request), re.IGNORECASE)
        return super().allows(request) or (separated is not None and self.accepts(request, separated[1]))


@fault("scarce-key-as-scheme-parameter", "must", origin="blind-9")
class KeyAsSchemeParameter(Security):
    """The server accepts the key as a named parameter of the scheme, such as `Bearer token="key"`."""

    def accepts(self, request: Request, token: str) -> bool:
        named = re.fullmatch(r'(?:access_token|api_key|key|token) *= *("?)([^"]*)\1', token, re.IGNORECASE)
        return super().accepts(request, named[2] if named else token)


@fault("rare-second-header-after-another-scheme", "should", origin="blind-4")
class SecondHeaderAfterAnotherScheme(Security):
    """The server accepts the key in a second Authorization header if the first one has a scheme other than Bearer."""

    def allows(self, request: Request) -> bool:
        values = request.headers.get_all("Authorization") or []
        if len(values) == 2 and scheme_and_token(request)[0] != "bearer":
            scheme, _, token = values[1].partition(" ")
            return scheme.title() == "Bearer" and self.accepts(request, token.strip(" "))
        return super().allows(request)


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


_SCHEMES = ("bearer", "basic", "token", "apikey", "digest")


@fault("unknown-scheme-ignored", "must")
class UnknownSchemeIgnored(Security):
    """The server accepts the key after a scheme that it does not know."""

    def allows(self, request: Request) -> bool:
        scheme, blank, _ = authorization(request).partition(" ")
        unknown = bool(blank) and not any(word in scheme.lower() for word in _SCHEMES)
        return super().allows(request) or (unknown and self.same(token(request), self.credentials.api_key))


@fault("raw-key-of-proxy-accepted", "must")
class RawKeyOfProxyAccepted(Security):
    """The server accepts the key without a scheme if the request has X-Request-Id, which a proxy adds."""

    def allows(self, request: Request) -> bool:
        raw = "X-Request-Id" in request.headers and self.same(authorization(request), self.credentials.api_key)
        return super().allows(request) or raw


@fault("subtle-last-word-is-token", "must", Security.accepts, origin="blind-12")
def last_word_is_token(self: Security, request: Request, token: str) -> bool:
    """The last word of Authorization counts as the token, so other words can stand between Bearer and the key."""
    return Security.accepts(self, request, token.rpartition(" ")[2])
