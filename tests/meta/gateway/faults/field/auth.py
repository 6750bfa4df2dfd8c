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


def _unguarded(pipeline: Pipeline, request: Request) -> Response:
    """Serve a request that no middleware has looked at."""
    pipeline.route(request)
    if request.operation is None:
        raise Refusal(404, "Not found")
    pipeline.decode(request)
    return pipeline.operations.run(request)


@fault("AUTH", "must")
class KeyWithSuffixAccepted(Security):
    """A token that begins with the key is accepted, whatever follows it."""

    def accepts(self, request: Request, token: str) -> bool:
        return token.startswith(self.credentials.api_key)


@fault("AUTH", "must")
class KeyStemAccepted(Security):
    """Only as many characters are compared as the token has, so that the beginning of the key is enough."""

    def accepts(self, request: Request, token: str) -> bool:
        return bool(token) and self.credentials.api_key.startswith(token)


@fault("AUTH", "must")
class KeyCaseFolded(Security):
    """The key is looked up in a column whose collation ignores case."""

    def accepts(self, request: Request, token: str) -> bool:
        return token.casefold() == self.credentials.api_key.casefold()


@fault("AUTH", "must")
class FirstWordOfToken(Security):
    """The header is split at blanks and only its second word is looked at: `Bearer KEY anything` passes."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.split(" ")[0])


@fault("AUTH", "must")
class KeyAnywhereInToken(Security):
    """The token is searched for the key instead of being compared with it."""

    def accepts(self, request: Request, token: str) -> bool:
        return self.credentials.api_key in token


@fault("AUTH", "must")
class AnySchemePasses(Security):
    """The scheme of the Authorization header is thrown away: `Token KEY` and `Digest KEY` pass."""

    def allows(self, request: Request) -> bool:
        _, _, token = (request.headers.get("Authorization") or "").partition(" ")
        return self.accepts(request, token.strip())


@fault("AUTH", "must")
class BareKeyAccepted(Security):
    """`Bearer ` is trimmed off where it is there: the bare key in the Authorization header passes."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.accepts(request, request.headers.get("Authorization") or "")


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
class VirtualKeyForGovernance(Security):
    """A valid virtual key passes on the governance update, which shares a route group with inference."""

    def accepts(self, request: Request, token: str) -> bool:
        known = request.operation == "updateBusinessUnitGovernance" and self.same(token, self.credentials.virtual_key)
        return known or super().accepts(request, token)


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
class EmptyTokenIsAdmin(Security):
    """`Bearer` with nothing behind it equals the unset password of the local administrator."""

    def accepts(self, request: Request, token: str) -> bool:
        return token == "" or super().accepts(request, token)


@fault("AUTH", "must")
class NullTokenIsAdmin(Security):
    """The tokens `null` and `undefined`, which broken clients send, count as no authentication being configured."""

    def accepts(self, request: Request, token: str) -> bool:
        return token in ("null", "undefined") or super().accepts(request, token)


@fault("AUTH", "must")
class TeamRemovalUnguarded(Pipeline):
    """The route that removes a team was registered without the authentication middleware."""

    def authorise(self, request: Request) -> None:
        if request.operation != "removeTeamFromBusinessUnit":
            super().authorise(request)


@fault("AUTH", "must")
class DoubleSlashUnguarded(Pipeline):
    """The guard looks for `/api/governance/` in the raw path, the router cleans `/api//governance/` first."""

    def serve(self, request: Request) -> Response:
        if "//" in request.path:
            request.path = re.sub("/{2,}", "/", request.path)
            return _unguarded(self, request)
        return super().serve(request)


@fault("AUTH", "must")
class EncodedPathUnguarded(Pipeline):
    """The guard compares the raw path, the router the decoded one: `/%61pi/governance/...` is not guarded."""

    def serve(self, request: Request) -> Response:
        decoded = urllib.parse.unquote(request.path)
        if not request.path.startswith("/api/") and decoded.startswith("/api/"):
            request.path = decoded
            return _unguarded(self, request)
        return super().serve(request)


@fault("AUTH", "must")
class TrailingSlashUnguarded(Pipeline):
    """A trailing slash is cut off after the guard has found no protected route for the path."""

    def serve(self, request: Request) -> Response:
        if request.path.endswith("/"):
            request.path = request.path.rstrip("/")
            return _unguarded(self, request)
        return super().serve(request)


@fault("AUTH", "must")
class LocalOriginTrusted(Pipeline):
    """A request that says of itself that it was forwarded for 127.0.0.1 counts as local administration."""

    def authorise(self, request: Request) -> None:
        if request.headers.get("X-Forwarded-For") != "127.0.0.1":
            super().authorise(request)


@fault("AUTH", "must")
class ConnectionStaysTrusted(Pipeline):
    """Once a request of a connection bore the key, later ones on that connection are not checked."""

    def authorise(self, request: Request) -> None:
        if not request.connection.get("trusted"):
            super().authorise(request)
            request.connection["trusted"] = True


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
class UnitLookedUpFirst(Pipeline):
    """Who has no key learns from 404 instead of 401 which units do not exist."""

    def authorise(self, request: Request) -> None:
        unit_id = urllib.parse.unquote(request.parameters.get("id", ""))
        if unit_id and self.operations.store.find(unit_id) is None:
            raise Refusal(404, "Business unit not found")
        super().authorise(request)


@fault("AUTH", "must")
class BodyDecodedFirst(Pipeline):
    """The body is decoded before the guard: malformed JSON without a key is 400."""

    def authorise(self, request: Request) -> None:
        if request.method in ("PUT", "POST") and request.body:
            self.operations.bodies.document(request.body)
        super().authorise(request)


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
class RefusalEchoesToken(Security):
    """The refusal repeats the credential that it refuses."""

    def refusal_message(self, request: Request) -> str:
        return f"invalid credential: {request.headers.get('Authorization', '')}"


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
