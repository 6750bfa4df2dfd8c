"""Mistakes about who is let in."""

from __future__ import annotations

import re
import time
import urllib.parse
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...security import Security


@fault("AUTH", "must")
class KeyAnywhereInToken(Security):
    """The token is searched for the key instead of being compared with it."""

    def accepts(self, request: Request, token: str) -> bool:
        return self.credentials.api_key in token


@fault("AUTH", "must")
class ApiKeyHeaderFallback(Security):
    """When the bearer token is wrong or missing, the key in x-api-key is tried instead."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.accepts(request, request.headers.get("x-api-key") or "")


@fault("AUTH", "must")
class ApiKeyHeaderForReads(Security):
    """The middleware of the inference routes is mounted before GET: there x-api-key carries the key."""

    def allows(self, request: Request) -> bool:
        header = request.headers.get("x-api-key") or ""
        return super().allows(request) or (request.method == "GET" and self.accepts(request, header))


@fault("AUTH", "must")
class VirtualKeyByPrefix(Security):
    """Whatever begins with `sk-bf-` is left to a later check that management routes do not have."""

    def accepts(self, request: Request, token: str) -> bool:
        return token.startswith("sk-bf-") or super().accepts(request, token)


@fault("AUTH", "must")
class VirtualKeyInOwnHeader(Security):
    """A valid virtual key in the x-bf-vk header passes as it does on inference routes."""

    def allows(self, request: Request) -> bool:
        header = request.headers.get("x-bf-vk") or ""
        return super().allows(request) or self.same(header, self.credentials.virtual_key)


@fault("AUTH", "must")
class KeyFormatIsEnough(Security):
    """A token with the form of a management key, `bfst-` and 44 letters or digits, passes without being looked up."""

    def accepts(self, request: Request, token: str) -> bool:
        return bool(re.fullmatch("bfst-[A-Za-z0-9]{44}", token)) or super().accepts(request, token)


@fault("AUTH", "must")
class DashboardTokenForReads(Security):
    """A dashboard token may read business units, as the dashboard shows them."""

    def accepts(self, request: Request, token: str) -> bool:
        reads = request.method == "GET" and self.same(token, self.credentials.dashboard_token)
        return reads or super().accepts(request, token)


@fault("AUTH", "must")
class UserTokenForUpdates(Security):
    """A user token passes on PUT: the check of its role is missing there."""

    def accepts(self, request: Request, token: str) -> bool:
        updates = request.method == "PUT" and self.same(token, self.credentials.user_token)
        return updates or super().accepts(request, token)


@fault("AUTH", "must")
class SessionTokenForDeletes(Security):
    """A session token passes on DELETE."""

    def accepts(self, request: Request, token: str) -> bool:
        deletes = request.method == "DELETE" and self.same(token, self.credentials.session_token)
        return deletes or super().accepts(request, token)


@fault("AUTH", "must")
class KeyInQuery(Security):
    """The key is also taken from ?access_token=, and so ends in every access log."""

    def allows(self, request: Request) -> bool:
        token = urllib.parse.parse_qs(request.query).get("access_token", [""])[0]
        return super().allows(request) or self.accepts(request, token)


@fault("AUTH", "must")
class NullTokenIsAdmin(Security):
    """The tokens `null` and `undefined`, which broken clients send, count as no authentication being configured."""

    def accepts(self, request: Request, token: str) -> bool:
        return token in ("null", "undefined") or super().accepts(request, token)


@fault("AUTH", "must")
class LocalOriginTrusted(Pipeline):
    """A request that says of itself that it was forwarded for 127.0.0.1 counts as local administration."""

    def authorise(self, request: Request) -> None:
        if request.headers.get("X-Forwarded-For") != "127.0.0.1":
            super().authorise(request)


@fault("AUTH", "must")
class RefusalCachedByPath(Pipeline):
    """The 401 of a GET is cached by its path for a second and served to the bearer of the key as well."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.refused_at: dict[str, float] = {}

    def authorise(self, request: Request) -> None:
        if request.method == "GET" and time.monotonic() - self.refused_at.get(request.path, -9.0) < 1:
            raise Refusal(401, "Unauthorized")
        try:
            super().authorise(request)
        except Refusal:
            self.refused_at[request.path] = time.monotonic()
            raise


@fault("AUTH", "must")
class AnswersCachedBeforeGuard(Pipeline):
    """The answer of a GET is cached by its URL, until something is written, and served before the key is checked."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cache: dict[str, Response] = {}

    def serve(self, request: Request) -> Response:
        url = f"{request.path}?{request.query}"
        if request.method != "GET":
            self.cache.clear()
            return super().serve(request)
        if url not in self.cache:
            self.cache[url] = super().serve(request)
        return self.cache[url]


@fault("AUTH", "must")
class DeletedBeforeRefused(Pipeline):
    """DELETE runs its handler before the guard: the caller is told 401, the thing is gone."""

    def authorise(self, request: Request) -> None:
        if request.method == "DELETE" and request.operation and not self.security.allows(request):
            self.decode(request)
            self.operations.run(request)
        super().authorise(request)


@fault("AUTH", "must")
class WrongKeyStillUpdates(Pipeline):
    """A refused bearer token is answered 401 without `return`: the governance update goes through all the same."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal:
            if request.operation == "updateBusinessUnitGovernance" and request.headers.get("Authorization"):
                self.decode(request)
                self.operations.run(request)
            raise


@fault("AUTH", "must")
class HeaderWithoutSpaceBreaks(Security):
    """An Authorization header of one word is indexed behind its end: 500 instead of a refusal."""

    def allows(self, request: Request) -> bool:
        for value in request.headers.get_all("Authorization") or []:
            assert value.split(" ")[1] is not None
        return super().allows(request)


@fault("AUTH", "must")
class RefusalSaidOk(Pipeline):
    """A missing header is refused with the right body and the status 200."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        response = super().refused(request, refusal)
        if refusal.status == self.settings.refusal_status and "Authorization" not in request.headers:
            response.status = 200
        return response


@fault("AUTH", "should")
class NonAsciiTokenBreaks(Security):
    """A token beyond ASCII cannot be compared in constant time: 500."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.encode("ascii").decode())


@fault("AUTH", "should")
class RefusalNamesReason(Security):
    """The refusal says whether a header was there, whether its form was right and whether the key was known."""

    def refusal_message(self, request: Request) -> str:
        value = request.headers.get("Authorization") or ""
        if not value:
            return "Authorization header missing"
        return "unknown API key" if value.startswith("Bearer ") else "unsupported authorization scheme"


@fault("AUTH", "should")
class GoodKeyLockedOut(Pipeline):
    """After three refusals in a row from one address, the next request is refused even with the right key."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.failures = 0

    def authorise(self, request: Request) -> None:
        if self.failures >= 3:
            self.failures = 0
            raise Refusal(401, "Unauthorized")
        try:
            super().authorise(request)
        except Refusal:
            self.failures += 1
            raise
        self.failures = 0
