"""Servers that refuse too late, with the wrong status or with too much information."""

from __future__ import annotations

import urllib.parse

from ...assembly import fault
from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline
from ...security import Security
from ...wire import Wire
from .common import authorization, token


@fault("body-judged-before-caller", "AUTH", "must", proves=("AUTH-14",))
class BodyJudgedBeforeCaller(Pipeline):
    """The server answers 400 to a malformed body before it checks the credential."""

    def authorise(self, request: Request) -> None:
        if request.body:
            self.operations.bodies.document(request.body)
        super().authorise(request)


@fault("unit-looked-up-before-caller", "AUTH", "must")
class UnitLookedUpBeforeCaller(Pipeline):
    """The server answers 404 for an unknown unit before it checks the credential."""

    def authorise(self, request: Request) -> None:
        if "id" in request.parameters and self.operations.store.find(self.decoded(request.parameters["id"])) is None:
            raise Refusal(404, "Business unit not found")
        super().authorise(request)


@fault("written-despite-refusal", "AUTH", "must", proves=("AUTH-13",))
class WrittenDespiteRefusal(Pipeline):
    """The server answers 401 and carries out the refused request."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal:
            if request.operation is not None and request.method != "GET":
                self.decode(request)
                self.operations.run(request)
            raise


@fault("field-wrong-key-still-updates", "AUTH", "must", origin="blind-2")
class WrongKeyStillUpdates(Pipeline):
    """The server answers 401 to a wrong bearer token and carries out the governance update."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal:
            if request.operation == "updateBusinessUnitGovernance" and request.headers.get("Authorization"):
                self.decode(request)
                self.operations.run(request)
            raise


@fault("field-deleted-before-refused", "AUTH", "must", origin="blind-2")
class DeletedBeforeRefused(Pipeline):
    """The server carries out a DELETE before it checks the credential."""

    def authorise(self, request: Request) -> None:
        if request.method == "DELETE" and request.operation and not self.security.allows(request):
            self.decode(request)
            self.operations.run(request)
        super().authorise(request)


@fault("refusal-answered-403", "AUTH", "should", proves=("AUTH-15",))
class RefusalAnswered403(Pipeline):
    """The server answers 403 instead of 401 to a wrong credential."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return super().refused(request, Refusal(403, "Forbidden"))
        return super().refused(request, refusal)


@fault("refusal-answered-400", "AUTH", "must")
class RefusalAnswered400(Pipeline):
    """The server answers 400 to a wrong credential."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(400, self.views.error(400, "Unauthorized"))
        return super().refused(request, refusal)


@fault("refusal-answered-500", "AUTH", "must")
class RefusalAnswered500(Pipeline):
    """The server answers 500 to a wrong credential."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(500, self.views.error(500, "Internal Server Error"))
        return super().refused(request, refusal)


@fault("refusal-answered-200", "AUTH", "must")
class RefusalAnswered200(Pipeline):
    """The server answers 200 with an error body to a wrong credential."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(200, self.views.error(401, "Unauthorized"))
        return super().refused(request, refusal)


@fault("refusal-redirected", "AUTH", "must")
class RefusalRedirected(Pipeline):
    """The server redirects a wrong credential to a login page."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(302, {}, {"Location": "/login"})
        return super().refused(request, refusal)


@fault("field-refusal-said-ok", "AUTH", "must", origin="blind-2")
class RefusalSaidOk(Pipeline):
    """The server answers 200 with an error body when the Authorization header is missing."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        response = super().refused(request, refusal)
        if refusal.status == self.settings.refusal_status and "Authorization" not in request.headers:
            response.status = 200
        return response


@fault("refusal-without-body", "AUTH", "should", proves=("ERROR-09",))
class RefusalWithoutBody(Wire):
    """The 401 response has no body."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"" if response.status == 401 else super().body(request, response)


@fault("key-disclosed", "AUTH", "should")
class KeyDisclosed(Security):
    """The 401 response contains the key that was expected."""

    def refusal_message(self, request: Request) -> str:
        return f"Unauthorized: expected {self.credentials.api_key}"


@fault("credential-echoed", "AUTH", "should", proves=("AUTH-16",))
class CredentialEchoed(Security):
    """The 401 response repeats the credential that was refused."""

    def refusal_message(self, request: Request) -> str:
        return f"Unauthorized: {authorization(request)}"


@fault("refusal-tells-the-kind", "AUTH", "should", proves=("AUTH-17",))
class RefusalTellsTheKind(Security):
    """The 401 response says that the credential is a virtual key."""

    def refusal_message(self, request: Request) -> str:
        known = self.same(token(request), self.credentials.virtual_key)
        return "Virtual keys are not allowed here" if known else "Unauthorized"


@fault("field-refusal-names-reason", "AUTH", "should", origin="blind-2")
class RefusalNamesReason(Security):
    """The 401 response says whether the header, its form or the key was wrong."""

    def refusal_message(self, request: Request) -> str:
        value = request.headers.get("Authorization") or ""
        if not value:
            return "Authorization header missing"
        return "unknown API key" if value.startswith("Bearer ") else "unsupported authorization scheme"


@fault("refusal-tells-of-the-unit", "AUTH", "should", proves=("AUTH-22",))
class RefusalTellsOfTheUnit(Pipeline):
    """The 401 response says whether the unit in the path exists."""

    def authorise(self, request: Request) -> None:
        try:
            super().authorise(request)
        except Refusal as refusal:
            identifier = urllib.parse.unquote(request.parameters.get("id", ""))
            if identifier and self.operations.store.find(identifier) is None:
                raise Refusal(refusal.status, "Unauthorized: no such business unit", refusal.headers) from refusal
            raise
