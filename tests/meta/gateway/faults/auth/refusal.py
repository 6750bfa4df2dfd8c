"""Servers that refuse with the wrong response."""

from __future__ import annotations

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...wire import Wire


@fault("refusal-answered-403", "should", Pipeline.refused, proves=("AUTH-15",))
def refusal_answered_403(self: Pipeline, request: Request, refusal: Refusal) -> Response:
    """The server answers 403 instead of 401 to a wrong credential."""
    if refusal.status == 401:
        return Pipeline.refused(self, request, Refusal(403, "Forbidden"))
    return Pipeline.refused(self, request, refusal)


@fault("refusal-answered-500", "must", Pipeline.refused)
def refusal_answered_500(self: Pipeline, request: Request, refusal: Refusal) -> Response:
    """The server answers 500 to a wrong credential."""
    if refusal.status == 401:
        return Response(500, self.views.error(500, "Internal Server Error"))
    return Pipeline.refused(self, request, refusal)


@fault("refusal-answered-200", "must", Pipeline.refused)
def refusal_answered_200(self: Pipeline, request: Request, refusal: Refusal) -> Response:
    """The server answers 200 with an error body to a wrong credential."""
    if refusal.status == 401:
        return Response(200, self.views.error(401, "Unauthorized"))
    return Pipeline.refused(self, request, refusal)


@fault("refusal-redirected", "must", Pipeline.refused)
def refusal_redirected(self: Pipeline, request: Request, refusal: Refusal) -> Response:
    """The server redirects a wrong credential to a login page."""
    if refusal.status == 401:
        return Response(302, {}, {"Location": "/login"})
    return Pipeline.refused(self, request, refusal)


@fault("refusal-without-body", "should", Wire.body, proves=("ERROR-09",))
def refusal_without_body(self: Wire, request: Request, response: Response) -> bytes:
    """The 401 response has no body."""
    return b"" if response.status == 401 else Wire.body(self, request, response)
