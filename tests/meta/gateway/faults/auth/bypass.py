"""Servers that skip the check for another spelling of the path or the method."""

from __future__ import annotations

import posixpath
import re
import urllib.parse

from ...assembly import fault
from ...messages import Request, Response
from ...pipeline import Pipeline


class _Tidying(Pipeline):
    """Checks credentials for the raw path and routes the path that `tidied` returns."""

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


@fault("odd-paths-not-guarded", "must", _Tidying.tidied)
def odd_paths_not_guarded(self: _Tidying, path: str) -> str:
    """The server checks credentials for the raw path and routes the path without doubled slashes."""
    return re.sub("/+", "/", path)


@fault("dot-segments-not-guarded", "must", _Tidying.tidied, proves=("AUTH-21",))
def dot_segments_not_guarded(self: _Tidying, path: str) -> str:
    """The server resolves dot segments in the path after it has checked the credential."""
    return posixpath.normpath(path)


@fault("encoded-dots-not-guarded", "must", _Tidying.tidied)
def encoded_dots_not_guarded(self: _Tidying, path: str) -> str:
    """The server resolves percent-encoded dot segments after it has checked the credential."""
    return posixpath.normpath(path.replace("%2e", "."))


@fault("encoded-letters-not-guarded", "must", _Tidying.tidied)
def encoded_letters_not_guarded(self: _Tidying, path: str) -> str:
    """The server does not check credentials for a path whose first letter is percent-encoded."""
    return path.replace("%61", "a")


@fault("upper-case-not-guarded", "must", _Tidying.tidied)
def upper_case_not_guarded(self: _Tidying, path: str) -> str:
    """The server routes paths in any case and checks credentials for lower-case paths only."""
    return re.sub(r"/(API|GOVERNANCE|BUSINESS-UNITS|TEAMS)(?=/|$)", lambda found: found[0].lower(), path)


@fault("trailing-slash-not-guarded", "must")
class TrailingSlashNotGuarded(Pipeline):
    """The server checks no credential for a path with a trailing slash."""

    def route(self, request: Request) -> list[str] | None:
        request.connection["guarded"] = not request.path.endswith("/")
        request.path = request.path.rstrip("/")
        return super().route(request)

    def authorise(self, request: Request) -> None:
        if request.connection["guarded"]:
            super().authorise(request)


@fault("path-parameters-not-guarded", "must", _Tidying.tidied)
def path_parameters_not_guarded(self: _Tidying, path: str) -> str:
    """The server drops path parameters, as in /api;x=1/..., after it has checked the credential."""
    return re.sub(r";[^/]*", "", path)


@fault("method-override-not-guarded", "must", Pipeline.authorise)
def method_override_not_guarded(self: Pipeline, request: Request) -> None:
    """The server checks no credential for a request with X-HTTP-Method-Override."""
    if "X-HTTP-Method-Override" in request.headers:
        request.method = request.headers["X-HTTP-Method-Override"]
        self.route(request)
    else:
        Pipeline.authorise(self, request)


@fault("subtle-escaped-path-needs-no-key", "must", Pipeline.serve, origin="blind-12")
def escaped_path_needs_no_key(self: Pipeline, request: Request) -> Response:
    """A path with an escaped letter in a fixed segment, such as %61pi, is served without a credential."""
    if self.route(request) is None:
        letters = re.compile("%[46][1-9A-Fa-f]|%[57][0-9Aa]")
        request.path = letters.sub(lambda escape: urllib.parse.unquote(escape[0]), request.path)
        if self.route(request) is not None and request.operation is not None:
            self.decode(request)
            return self.operations.run(request)
    return Pipeline.serve(self, request)
