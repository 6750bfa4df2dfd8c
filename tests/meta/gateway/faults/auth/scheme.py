"""Servers that read the Authorization header and its scheme wrongly."""

from __future__ import annotations

import re

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .authorization import authorization, token


@fault("basic-scheme-accepted", "must", Security.allows, proves=("AUTH-03",))
def basic_scheme_accepted(self: Security, request: Request) -> bool:
    """The server ignores the scheme and also accepts the key after `Basic`."""
    return Security.allows(self, request) or self.same(token(request), self.credentials.api_key)


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


@fault("second-authorization-header-accepted", "should", Security.allows)
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
