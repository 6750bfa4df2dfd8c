"""Servers that read the Authorization header and its scheme wrongly."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .common import authorization, token


@fault("basic-scheme-accepted", "AUTH", "must", proves=("AUTH-03",))
class BasicSchemeAccepted(Security):
    """The server ignores the scheme and also accepts the key after `Basic`."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.same(token(request), self.credentials.api_key)


@fault("garbled-scheme-accepted", "AUTH", "must")
class GarbledSchemeAccepted(Security):
    """The server accepts the key after any word that begins with `Bearer`, as in `Bearerish key`."""

    def allows(self, request: Request) -> bool:
        begins = authorization(request).startswith("Bearer")
        return super().allows(request) or (begins and self.same(token(request), self.credentials.api_key))


@fault("raw-key-accepted", "AUTH", "must", proves=("AUTH-04",))
class RawKeyAccepted(Security):
    """The server accepts the key without a scheme."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.same(authorization(request), self.credentials.api_key)


@fault("scheme-twice-accepted", "AUTH", "must")
class SchemeTwiceAccepted(Security):
    """The server accepts `Bearer Bearer` followed by the key."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.removeprefix("Bearer "))


@fault("second-authorization-header-accepted", "AUTH", "should")
class SecondAuthorizationHeaderAccepted(Security):
    """The server accepts the key in any one of several Authorization headers."""

    def allows(self, request: Request) -> bool:
        values = request.headers.get_all("Authorization") or []
        return any(self.same(value.partition(" ")[2], self.credentials.api_key) for value in values)


@fault("field-header-without-space-breaks", "AUTH", "must", origin="blind-2")
class HeaderWithoutSpaceBreaks(Security):
    """The server answers 500 to an Authorization header of one word."""

    def allows(self, request: Request) -> bool:
        for value in request.headers.get_all("Authorization") or []:
            assert value.split(" ")[1] is not None
        return super().allows(request)
