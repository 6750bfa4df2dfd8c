"""Servers that handle methods wrongly."""

from __future__ import annotations

import contextlib

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline


@fault("unknown-method-answered-200", "should", Pipeline.refused, proves=("HTTP-01",))
def unknown_method_answered_200(self: Pipeline, request: Request, refusal: Refusal) -> Response:
    """The server answers 200 to a method that the path does not serve."""
    return Response(200, {}) if refusal.status == 405 else Pipeline.refused(self, request, refusal)


@fault("unknown-method-answered-500", "must", Pipeline.method_refusal)
def unknown_method_answered_500(self: Pipeline, allowed: list[str]) -> Refusal:
    """The server answers 500 to a method that the path does not serve."""
    return Refusal(500, "Internal Server Error")


@fault("head-answered-500", "must", Pipeline.serve, proves=("HTTP-03",))
def head_answered_500(self: Pipeline, request: Request) -> Response:
    """The server answers 500 to HEAD."""
    assert request.method != "HEAD"
    return Pipeline.serve(self, request)


@fault("allow-missing", "should", Pipeline.method_refusal)
def allow_missing(self: Pipeline, allowed: list[str]) -> Refusal:
    """The 405 response has no Allow header (RFC 9110, section 15.5.6)."""
    return Refusal(405, "Method not allowed")


@fault("allow-incomplete", "should", Pipeline.method_refusal)
def allow_incomplete(self: Pipeline, allowed: list[str]) -> Refusal:
    """The Allow header names one method where there are several."""
    return Pipeline.method_refusal(self, allowed[:1])


@fault("allow-names-the-method", "should", Pipeline.method_refusal)
def allow_names_the_method(self: Pipeline, allowed: list[str]) -> Refusal:
    """The Allow header names the method that was refused."""
    return Pipeline.method_refusal(self, ["GET", "POST", "PUT", "PATCH", "DELETE"])


@fault("patch-updates", "should", Pipeline.route)
def patch_updates(self: Pipeline, request: Request) -> list[str] | None:
    """PATCH does what PUT does."""
    if request.method == "PATCH":
        request.method = "PUT"
    return Pipeline.route(self, request)


@fault("options-empties-governance", "should", Pipeline.route)
def options_empties_governance(self: Pipeline, request: Request) -> list[str] | None:
    """OPTIONS on the governance of a unit does what DELETE does."""
    if request.method == "OPTIONS" and request.path.endswith("/governance"):
        request.method = "DELETE"
    return Pipeline.route(self, request)


@fault("field-method-overridden", "should", Pipeline.serve, proves=("HTTP-09",), origin="blind-2")
def method_overridden(self: Pipeline, request: Request) -> Response:
    """The server replaces the method of any request by X-HTTP-Method-Override."""
    request.method = request.headers.get("X-HTTP-Method-Override") or request.method
    return Pipeline.serve(self, request)


@fault("rare-patch-renames", "must", origin="blind-4")
class PatchRenames(Pipeline):
    """A PATCH of a business unit answers 405 but changes the name to the one in its body."""

    def serve(self, request: Request) -> Response:
        try:
            return super().serve(request)
        except Refusal as refusal:
            if refusal.status == 405 and request.method == "PATCH" and request.path.count("/") == 4:
                self.rename(request)
            raise

    def rename(self, request: Request) -> None:
        """Carry out the request as if its method were PUT."""
        self.decode(request)
        request.operation = "updateBusinessUnit"
        with contextlib.suppress(Refusal):
            self.operations.run(request)
