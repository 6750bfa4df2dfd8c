"""Servers whose decision depends on earlier requests."""

from __future__ import annotations

import time
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...security import Security


@fault("trust-sticks-to-the-connection", "must", Security.allows, proves=("AUTH-18",))
def trust_sticks_to_the_connection(self: Security, request: Request) -> bool:
    """The server accepts every request on a connection that has carried the key once."""
    request.connection["trusted"] = request.connection.get("trusted", False) or Security.allows(self, request)
    return request.connection["trusted"]


class _Counting(Security):
    """Counts refusals in a row."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.refused = 0

    def allows(self, request: Request) -> bool:
        allowed = super().allows(request)
        self.refused = 0 if allowed else self.refused + 1
        return allowed


@fault("tenth-try-let-in", "must", _Counting.allows, proves=("AUTH-20",))
def tenth_try_let_in(self: _Counting, request: Request) -> bool:
    """The server accepts any credential after ten refusals in a row."""
    return _Counting.allows(self, request) or self.refused > 10


@fault("tries-lock-the-key-out", "must", _Counting.allows)
def tries_lock_the_key_out(self: _Counting, request: Request) -> bool:
    """The server refuses the management key after ten refusals in a row."""
    exhausted = self.refused >= 10
    return _Counting.allows(self, request) and not exhausted


@fault("field-good-key-locked-out", "must", origin="blind-2")
class GoodKeyLockedOut(Pipeline):
    """The server refuses the next request after three refusals in a row, even with the key."""

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


@fault("field-answers-cached-before-guard", "must", origin="blind-2")
class AnswersCachedBeforeGuard(Pipeline):
    """The server serves the cached response of a GET before it checks the credential."""

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


@fault("field-refusal-cached-by-path", "must", origin="blind-2")
class RefusalCachedByPath(Pipeline):
    """The server caches the 401 of a GET by its path for a second and sends it for the right key too."""

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


@fault("quiet-refused-connection-stays-refused", "must", origin="blind-10")
class RefusedConnectionStaysRefused(Security):
    """A connection that has carried a wrong Authorization header is refused from then on, even with the key."""

    def allows(self, request: Request) -> bool:
        allowed = super().allows(request) and not request.connection.get("refused", False)
        if not allowed and "Authorization" in request.headers:
            request.connection["refused"] = True
        return allowed
