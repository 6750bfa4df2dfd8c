"""Servers whose decision depends on earlier requests."""

from __future__ import annotations

import time
from typing import Any

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...security import Security


@fault("trust-sticks-to-the-connection", "AUTH", "must", proves=("AUTH-18",))
class TrustSticksToTheConnection(Security):
    """Once a connection has shown the key, later requests on it are let in."""

    def allows(self, request: Request) -> bool:
        request.connection["trusted"] = request.connection.get("trusted", False) or super().allows(request)
        return request.connection["trusted"]


class _Counting(Security):
    """Counts the refusals that came one after the other."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.refused = 0

    def allows(self, request: Request) -> bool:
        allowed = super().allows(request)
        self.refused = 0 if allowed else self.refused + 1
        return allowed


@fault("tenth-try-let-in", "AUTH", "must", proves=("AUTH-20",))
class TenthTryLetIn(_Counting):
    """After ten refusals in a row the check gives up and lets the caller in."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.refused > 10


@fault("tries-lock-the-key-out", "AUTH", "must")
class TriesLockTheKeyOut(_Counting):
    """After ten refusals in a row the management key is refused as well."""

    def allows(self, request: Request) -> bool:
        exhausted = self.refused >= 10
        return super().allows(request) and not exhausted


@fault("field-good-key-locked-out", "AUTH", "should", origin="blind-2")
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


@fault("field-answers-cached-before-guard", "AUTH", "must", origin="blind-2")
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


@fault("field-refusal-cached-by-path", "AUTH", "must", origin="blind-2")
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
