"""Servers that refuse too late, with the wrong status or with too much information."""

from __future__ import annotations

import urllib.parse
from contextlib import suppress

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...security import Security
from ...wire import Wire
from .authorization import authorization, token


@fault("body-judged-before-caller", "must", Pipeline.authorise, proves=("AUTH-14",))
def body_judged_before_caller(self: Pipeline, request: Request) -> None:
    """The server answers 400 to a malformed body before it checks the credential."""
    if request.body:
        self.operations.bodies.document(request.body)
    Pipeline.authorise(self, request)


@fault("unit-looked-up-before-caller", "must", Pipeline.authorise)
def unit_looked_up_before_caller(self: Pipeline, request: Request) -> None:
    """The server answers 404 for an unknown unit before it checks the credential."""
    if "id" in request.parameters and self.operations.store.find(self.decoded(request.parameters["id"])) is None:
        raise Refusal(404, "Business unit not found")
    Pipeline.authorise(self, request)


@fault("written-despite-refusal", "must", Pipeline.authorise, proves=("AUTH-13",))
def written_despite_refusal(self: Pipeline, request: Request) -> None:
    """The server answers 401 and carries out the refused request."""
    try:
        Pipeline.authorise(self, request)
    except Refusal:
        if request.operation is not None and request.method != "GET":
            self.decode(request)
            self.operations.run(request)
        raise


@fault("team-moved-despite-refusal", "must", Pipeline.authorise, proves=("AUTH-13",))
def team_moved_despite_refusal(self: Pipeline, request: Request) -> None:
    """The server answers 401 to a request about a team, and carries it out."""
    try:
        Pipeline.authorise(self, request)
    except Refusal:
        if request.operation in ("assignTeamToBusinessUnit", "removeTeamFromBusinessUnit"):
            with suppress(Refusal):
                self.decode(request)
                self.operations.run(request)
        raise


@fault("field-deleted-before-refused", "must", Pipeline.authorise, origin="blind-2")
def deleted_before_refused(self: Pipeline, request: Request) -> None:
    """The server carries out a DELETE before it checks the credential."""
    if request.method == "DELETE" and request.operation and not self.security.allows(request):
        self.decode(request)
        self.operations.run(request)
    Pipeline.authorise(self, request)


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


@fault("key-disclosed", "should", Security.refusal_message)
def key_disclosed(self: Security, request: Request) -> str:
    """The 401 response contains the key that was expected."""
    return f"Unauthorized: expected {self.credentials.api_key}"


@fault("credential-echoed", "should", Security.refusal_message, proves=("AUTH-16",))
def credential_echoed(self: Security, request: Request) -> str:
    """The 401 response repeats the credential that was refused."""
    return f"Unauthorized: {authorization(request)}"


@fault("refusal-tells-the-kind", "should", Security.refusal_message, proves=("AUTH-17",))
def refusal_tells_the_kind(self: Security, request: Request) -> str:
    """The 401 response says that the credential is a virtual key."""
    known = self.same(token(request), self.credentials.virtual_key)
    return "Virtual keys are not allowed here" if known else "Unauthorized"


@fault("field-refusal-names-reason", "should", Security.refusal_message, origin="blind-2")
def refusal_names_reason(self: Security, request: Request) -> str:
    """The 401 response says whether the header, its form or the key was wrong."""
    value = request.headers.get("Authorization") or ""
    if not value:
        return "Authorization header missing"
    return "unknown API key" if value.startswith("Bearer ") else "unsupported authorization scheme"


@fault("refusal-tells-of-the-unit", "should", Pipeline.authorise, proves=("AUTH-22",))
def refusal_tells_of_the_unit(self: Pipeline, request: Request) -> None:
    """The 401 response says whether the unit in the path exists."""
    try:
        Pipeline.authorise(self, request)
    except Refusal as refusal:
        identifier = urllib.parse.unquote(request.parameters.get("id", ""))
        if identifier and self.operations.store.find(identifier) is None:
            raise Refusal(refusal.status, "Unauthorized: no such business unit", refusal.headers) from refusal
        raise
