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
    """A malformed body is answered 400 before the caller is checked."""

    def authorise(self, request: Request) -> None:
        if request.body:
            self.operations.bodies.document(request.body)
        super().authorise(request)


@fault("unit-looked-up-before-caller", "AUTH", "must")
class UnitLookedUpBeforeCaller(Pipeline):
    """An unknown unit is answered 404 before the caller is checked."""

    def authorise(self, request: Request) -> None:
        if "id" in request.parameters and self.operations.store.find(self.decoded(request.parameters["id"])) is None:
            raise Refusal(404, "Business unit not found")
        super().authorise(request)


@fault("written-despite-refusal", "AUTH", "must", proves=("AUTH-13",))
class WrittenDespiteRefusal(Pipeline):
    """A refused caller is told 401, but what it asked for is done."""

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
    """A refused bearer token is answered 401 without `return`: the governance update goes through all the same."""

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
    """DELETE runs its handler before the guard: the caller is told 401, the thing is gone."""

    def authorise(self, request: Request) -> None:
        if request.method == "DELETE" and request.operation and not self.security.allows(request):
            self.decode(request)
            self.operations.run(request)
        super().authorise(request)


@fault("refusal-answered-403", "AUTH", "should", proves=("AUTH-15",))
class RefusalAnswered403(Pipeline):
    """Bad credentials are answered 403, as if the caller were known."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return super().refused(request, Refusal(403, "Forbidden"))
        return super().refused(request, refusal)


@fault("refusal-answered-400", "AUTH", "must")
class RefusalAnswered400(Pipeline):
    """Bad credentials are answered 400."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(400, self.views.error(400, "Unauthorized"))
        return super().refused(request, refusal)


@fault("refusal-answered-500", "AUTH", "must")
class RefusalAnswered500(Pipeline):
    """Bad credentials are answered 500."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(500, self.views.error(500, "Internal Server Error"))
        return super().refused(request, refusal)


@fault("refusal-answered-200", "AUTH", "must")
class RefusalAnswered200(Pipeline):
    """Bad credentials are answered 200 with an error body."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(200, self.views.error(401, "Unauthorized"))
        return super().refused(request, refusal)


@fault("refusal-redirected", "AUTH", "must")
class RefusalRedirected(Pipeline):
    """Bad credentials are sent to a login page."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(302, {}, {"Location": "/login"})
        return super().refused(request, refusal)


@fault("field-refusal-said-ok", "AUTH", "must", origin="blind-2")
class RefusalSaidOk(Pipeline):
    """A missing header is refused with the right body and the status 200."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        response = super().refused(request, refusal)
        if refusal.status == self.settings.refusal_status and "Authorization" not in request.headers:
            response.status = 200
        return response


@fault("refusal-without-body", "AUTH", "should", proves=("ERROR-09",))
class RefusalWithoutBody(Wire):
    """A 401 has no body."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"" if response.status == 401 else super().body(request, response)


@fault("key-disclosed", "AUTH", "should")
class KeyDisclosed(Security):
    """The 401 names the key that was expected."""

    def refusal_message(self, request: Request) -> str:
        return f"Unauthorized: expected {self.credentials.api_key}"


@fault("credential-echoed", "AUTH", "should", proves=("AUTH-16",))
class CredentialEchoed(Security):
    """The 401 repeats the credential that was refused."""

    def refusal_message(self, request: Request) -> str:
        return f"Unauthorized: {authorization(request)}"


@fault("refusal-tells-the-kind", "AUTH", "should", proves=("AUTH-17",))
class RefusalTellsTheKind(Security):
    """The 401 says which kind of credential it recognised."""

    def refusal_message(self, request: Request) -> str:
        known = self.same(token(request), self.credentials.virtual_key)
        return "Virtual keys are not allowed here" if known else "Unauthorized"


@fault("field-refusal-names-reason", "AUTH", "should", origin="blind-2")
class RefusalNamesReason(Security):
    """The refusal says whether a header was there, whether its form was right and whether the key was known."""

    def refusal_message(self, request: Request) -> str:
        value = request.headers.get("Authorization") or ""
        if not value:
            return "Authorization header missing"
        return "unknown API key" if value.startswith("Bearer ") else "unsupported authorization scheme"


@fault("refusal-tells-of-the-unit", "AUTH", "should", proves=("AUTH-22",))
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
