"""Servers that let in who tries often, comes another way, or look at the caller's other belongings."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from typing import Any

from ..assembly import fault
from ..messages import Refusal, Request
from ..pipeline import Pipeline
from ..security import Security

# tokens that are almost the key


@fault("AUTH", "must")
class FirstCharacterNotCompared(Security):
    """The first character of the key is not compared."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and self.same(token[1:], self.credentials.api_key[1:])


@fault("AUTH", "must")
class MiddleOfKeyNotCompared(Security):
    """Only the first and the last eight characters of the key are compared."""

    def accepts(self, request: Request, token: str) -> bool:
        key = self.credentials.api_key
        return len(token) == len(key) and (token[:8], token[-8:]) == (key[:8], key[-8:])


@fault("AUTH", "must")
class SchemeTwiceAccepted(Security):
    """Bearer Bearer and the key are let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.removeprefix("Bearer "))


@fault("AUTH", "must")
class KeyInListAccepted(Security):
    """Of several tokens with commas between them any may be the key."""

    def accepts(self, request: Request, token: str) -> bool:
        return any(self.same(one.strip(), self.credentials.api_key) for one in token.split(","))


@fault("AUTH", "must")
class KeyWithoutPrefixAccepted(Security):
    """The prefix that all keys share may be left out."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, f"bfst-{token.removeprefix('bfst-')}")


# patience


class _Counting(Security):
    """Counts the refusals that came one after the other."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.refused = 0

    def allows(self, request: Request) -> bool:
        allowed = super().allows(request)
        self.refused = 0 if allowed else self.refused + 1
        return allowed


@fault("AUTH", "must")
class TenthTryLetIn(_Counting):
    """After ten refusals in a row the check gives up and lets the caller in."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.refused > 10


@fault("AUTH", "must")
class TriesLockTheKeyOut(_Counting):
    """After ten refusals in a row the management key is refused as well."""

    def allows(self, request: Request) -> bool:
        exhausted = self.refused >= 10
        return super().allows(request) and not exhausted


# other ways to the same place


class _Tidying(Pipeline):
    """Guards paths as they were written and routes them once they are tidied."""

    def tidied(self, path: str) -> str:
        """Return the path that is routed."""
        return path

    def route(self, request: Request) -> list[str] | None:
        request.connection["guarded"] = request.path.startswith("/api/governance/")
        request.path = self.tidied(request.path)
        return super().route(request)

    def authorise(self, request: Request) -> None:
        if request.connection["guarded"]:
            super().authorise(request)


@fault("AUTH", "must")
class DotSegmentsNotGuarded(_Tidying):
    """Dot segments are resolved after the caller was looked at."""

    def tidied(self, path: str) -> str:
        return posixpath.normpath(path)


@fault("AUTH", "must")
class EncodedDotsNotGuarded(_Tidying):
    """Dot segments that are percent-encoded are resolved after the caller was looked at."""

    def tidied(self, path: str) -> str:
        return posixpath.normpath(path.replace("%2e", "."))


@fault("AUTH", "must")
class EncodedLettersNotGuarded(_Tidying):
    """A path that begins percent-encoded is not guarded."""

    def tidied(self, path: str) -> str:
        return path.replace("%61", "a")


@fault("AUTH", "must")
class UpperCaseNotGuarded(_Tidying):
    """Paths are routed in any case and guarded in lower case."""

    def tidied(self, path: str) -> str:
        return re.sub(r"/(API|GOVERNANCE|BUSINESS-UNITS|TEAMS)(?=/|$)", lambda found: found[0].lower(), path)


@fault("AUTH", "must")
class PathParametersNotGuarded(_Tidying):
    """Parameters of a path segment, as in /api;x=1/..., are dropped after the caller was looked at."""

    def tidied(self, path: str) -> str:
        return re.sub(r";[^/]*", "", path)


@fault("AUTH", "must")
class TrailingSlashNotGuarded(Pipeline):
    """A slash at the end is dropped, and with it the look at the caller."""

    def route(self, request: Request) -> list[str] | None:
        request.connection["guarded"] = not request.path.endswith("/")
        request.path = request.path.rstrip("/")
        return super().route(request)

    def authorise(self, request: Request) -> None:
        if request.connection["guarded"]:
            super().authorise(request)


# what a refusal tells, and what the key is confused by


@fault("AUTH", "should")
class RefusalTellsOfTheUnit(Pipeline):
    """The 401 says whether the unit in the path exists."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal as refusal:
            identifier = urllib.parse.unquote(request.parameters.get("id", ""))
            if identifier and self.operations.store.find(identifier) is None:
                raise Refusal(refusal.status, "Unauthorized: no such business unit", refusal.headers) from refusal
            raise


@fault("AUTH", "should")
class VirtualKeyBesideSpoilsTheKey(Security):
    """The management key is refused where a virtual key comes along in x-bf-vk."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) and "x-bf-vk" not in request.headers


@fault("AUTH", "should")
class CookieComesFirst(Security):
    """A token cookie is looked at instead of Authorization."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) and "token=" not in request.headers.get("Cookie", "")
