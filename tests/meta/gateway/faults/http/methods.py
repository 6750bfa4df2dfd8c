"""Servers that handle methods wrongly."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline


@fault("unknown-method-answered-200", "HTTP", "should", proves=("HTTP-01",))
class UnknownMethodAnswered200(Pipeline):
    """The server answers 200 to a method that the path does not serve."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        return Response(200, {}) if refusal.status == 405 else super().refused(request, refusal)


@fault("unknown-method-answered-404", "HTTP", "should")
class UnknownMethodAnswered404(Pipeline):
    """The server answers 404 to a method that the path does not serve."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return Refusal(404, "Not found")


@fault("unknown-method-answered-500", "HTTP", "should")
class UnknownMethodAnswered500(Pipeline):
    """The server answers 500 to a method that the path does not serve."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return Refusal(500, "Internal Server Error")


@fault("head-answered-500", "HTTP", "should", proves=("HTTP-03",))
class HeadAnswered500(Pipeline):
    """The server answers 500 to HEAD."""

    def serve(self, request: Request) -> Response:
        assert request.method != "HEAD"
        return super().serve(request)


@fault("allow-missing", "HTTP", "should")
class AllowMissing(Pipeline):
    """The 405 response has no Allow header (RFC 9110, section 15.5.6)."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return Refusal(405, "Method not allowed")


@fault("allow-incomplete", "HTTP", "should")
class AllowIncomplete(Pipeline):
    """The Allow header names one method where there are several."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return super().method_refusal(allowed[:1])


@fault("allow-names-the-method", "HTTP", "should")
class AllowNamesTheMethod(Pipeline):
    """The Allow header names the method that was refused."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return super().method_refusal(["GET", "POST", "PUT", "PATCH", "DELETE"])


@fault("patch-updates", "HTTP", "should")
class PatchUpdates(Pipeline):
    """PATCH does what PUT does."""

    def route(self, request: Request) -> list[str] | None:
        if request.method == "PATCH":
            request.method = "PUT"
        return super().route(request)


@fault("options-empties-governance", "HTTP", "should")
class OptionsEmptiesGovernance(Pipeline):
    """OPTIONS on the governance of a unit does what DELETE does."""

    def route(self, request: Request) -> list[str] | None:
        if request.method == "OPTIONS" and request.path.endswith("/governance"):
            request.method = "DELETE"
        return super().route(request)


@fault("field-patch-removes", "HTTP", "should", origin="blind-2")
class PatchRemoves(Pipeline):
    """PATCH on the governance of a unit does what DELETE does."""

    def route(self, request: Request) -> list[str] | None:
        allowed = super().route(request)
        if request.path.endswith("/governance") and request.method == "PATCH":
            request.operation = "deleteBusinessUnitGovernance"
        return allowed


@fault("field-method-overridden", "HTTP", "should", proves=("HTTP-09",), origin="blind-2")
class MethodOverridden(Pipeline):
    """The server replaces the method of any request by X-HTTP-Method-Override."""

    def serve(self, request: Request) -> Response:
        request.method = request.headers.get("X-HTTP-Method-Override") or request.method
        return super().serve(request)
