"""Servers that skip the check for another spelling of the path or the method."""

from __future__ import annotations

import posixpath
import re

from ...assembly import fault
from ...messages import Request
from ...pipeline import Pipeline


@fault("odd-paths-not-guarded", "AUTH", "must")
class OddPathsNotGuarded(Pipeline):
    """Paths are guarded as they were written and routed once they are tidied: /api//governance/... passes."""

    def route(self, request: Request) -> list[str] | None:
        request.connection["guarded"] = request.path.startswith("/api/governance/")
        request.path = re.sub("/+", "/", request.path)
        return super().route(request)

    def authorise(self, request: Request) -> None:
        if request.connection["guarded"]:
            super().authorise(request)


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


@fault("dot-segments-not-guarded", "AUTH", "must", proves=("AUTH-21",))
class DotSegmentsNotGuarded(_Tidying):
    """Dot segments are resolved after the caller was looked at."""

    def tidied(self, path: str) -> str:
        return posixpath.normpath(path)


@fault("encoded-dots-not-guarded", "AUTH", "must")
class EncodedDotsNotGuarded(_Tidying):
    """Dot segments that are percent-encoded are resolved after the caller was looked at."""

    def tidied(self, path: str) -> str:
        return posixpath.normpath(path.replace("%2e", "."))


@fault("encoded-letters-not-guarded", "AUTH", "must")
class EncodedLettersNotGuarded(_Tidying):
    """A path that begins percent-encoded is not guarded."""

    def tidied(self, path: str) -> str:
        return path.replace("%61", "a")


@fault("upper-case-not-guarded", "AUTH", "must")
class UpperCaseNotGuarded(_Tidying):
    """Paths are routed in any case and guarded in lower case."""

    def tidied(self, path: str) -> str:
        return re.sub(r"/(API|GOVERNANCE|BUSINESS-UNITS|TEAMS)(?=/|$)", lambda found: found[0].lower(), path)


@fault("trailing-slash-not-guarded", "AUTH", "must")
class TrailingSlashNotGuarded(Pipeline):
    """A slash at the end is dropped, and with it the look at the caller."""

    def route(self, request: Request) -> list[str] | None:
        request.connection["guarded"] = not request.path.endswith("/")
        request.path = request.path.rstrip("/")
        return super().route(request)

    def authorise(self, request: Request) -> None:
        if request.connection["guarded"]:
            super().authorise(request)


@fault("path-parameters-not-guarded", "AUTH", "must")
class PathParametersNotGuarded(_Tidying):
    """Parameters of a path segment, as in /api;x=1/..., are dropped after the caller was looked at."""

    def tidied(self, path: str) -> str:
        return re.sub(r";[^/]*", "", path)


@fault("method-override-not-guarded", "AUTH", "must")
class MethodOverrideNotGuarded(Pipeline):
    """X-HTTP-Method-Override chooses the operation after the caller was checked as a reader, who needs no key."""

    def authorise(self, request: Request) -> None:
        if "X-HTTP-Method-Override" in request.headers:
            request.method = request.headers["X-HTTP-Method-Override"]
            self.route(request)
        else:
            super().authorise(request)


@fault("field-local-origin-trusted", "AUTH", "must", proves=("AUTH-24",), origin="blind-2")
class LocalOriginTrusted(Pipeline):
    """A request that says of itself that it was forwarded for 127.0.0.1 counts as local administration."""

    def authorise(self, request: Request) -> None:
        if request.headers.get("X-Forwarded-For") != "127.0.0.1":
            super().authorise(request)
