"""Servers that read the Authorization header and its scheme wrongly."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Request
from ...security import Security
from .common import authorization, token


@fault("basic-scheme-accepted", "AUTH", "must", proves=("AUTH-03",))
class BasicSchemeAccepted(Security):
    """The key is accepted after the scheme Basic as well."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.same(token(request), self.credentials.api_key)


@fault("garbled-scheme-accepted", "AUTH", "must")
class GarbledSchemeAccepted(Security):
    """The key is accepted after whatever begins like Bearer, as in `Bearerish key`."""

    def allows(self, request: Request) -> bool:
        begins = authorization(request).startswith("Bearer")
        return super().allows(request) or (begins and self.same(token(request), self.credentials.api_key))


@fault("raw-key-accepted", "AUTH", "must", proves=("AUTH-04",))
class RawKeyAccepted(Security):
    """The key is accepted without a scheme."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.same(authorization(request), self.credentials.api_key)


@fault("scheme-twice-accepted", "AUTH", "must")
class SchemeTwiceAccepted(Security):
    """Bearer Bearer and the key are let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.removeprefix("Bearer "))


@fault("second-authorization-header-accepted", "AUTH", "should")
class SecondAuthorizationHeaderAccepted(Security):
    """Of several Authorization headers any may hold the key."""

    def allows(self, request: Request) -> bool:
        values = request.headers.get_all("Authorization") or []
        return any(self.same(value.partition(" ")[2], self.credentials.api_key) for value in values)


@fault("field-header-without-space-breaks", "AUTH", "must", origin="blind-2")
class HeaderWithoutSpaceBreaks(Security):
    """An Authorization header of one word is indexed behind its end: 500 instead of a refusal."""

    def allows(self, request: Request) -> bool:
        for value in request.headers.get_all("Authorization") or []:
            assert value.split(" ")[1] is not None
        return super().allows(request)
