"""Servers that let in the wrong callers, or say too much to them."""

from __future__ import annotations

import re
import urllib.parse

from ..assembly import fault
from ..messages import Refusal, Request, Response
from ..pipeline import Pipeline
from ..security import Security
from ..wire import Wire


def _authorization(request: Request) -> str:
    return str(request.headers.get("Authorization", ""))


def _token(request: Request) -> str:
    return _authorization(request).partition(" ")[2].strip()


# credentials that must be refused


@fault("AUTH", "must")
class MissingCredentialAccepted(Security):
    """A request without Authorization is let in; wrong credentials are refused."""

    def allows(self, request: Request) -> bool:
        return "Authorization" not in request.headers or super().allows(request)


@fault("AUTH", "must")
class EmptyTokenAccepted(Security):
    """`Bearer` with an empty token is let in."""

    def allows(self, request: Request) -> bool:
        return _authorization(request).strip() == "Bearer" or super().allows(request)


@fault("AUTH", "must")
class AnyTokenAccepted(Security):
    """Every bearer token is let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return bool(token)


@fault("AUTH", "must")
class BasicSchemeAccepted(Security):
    """The key is accepted after the scheme Basic as well."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.same(_token(request), self.credentials.api_key)


@fault("AUTH", "must")
class GarbledSchemeAccepted(Security):
    """The key is accepted after whatever begins like Bearer, as in `Bearerish key`."""

    def allows(self, request: Request) -> bool:
        begins = _authorization(request).startswith("Bearer")
        return super().allows(request) or (begins and self.same(_token(request), self.credentials.api_key))


@fault("AUTH", "must")
class RawKeyAccepted(Security):
    """The key is accepted without a scheme."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) or self.same(_authorization(request), self.credentials.api_key)


@fault("AUTH", "must")
class XApiKeyAccepted(Security):
    """The key is accepted in x-api-key where there is no Authorization."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers:
            return self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
        return super().allows(request)


@fault("AUTH", "must")
class XApiKeyAcceptedBesideBadBearer(Security):
    """The key is accepted in x-api-key, but only where a bearer token was refused."""

    def allows(self, request: Request) -> bool:
        fallback = self.same(request.headers.get("x-api-key", ""), self.credentials.api_key)
        return super().allows(request) or ("Authorization" in request.headers and fallback)


@fault("AUTH", "must")
class KeyInQueryAccepted(Security):
    """The key is accepted as ?api_key=."""

    def allows(self, request: Request) -> bool:
        query = urllib.parse.parse_qs(request.query)
        return super().allows(request) or self.same(query.get("api_key", [""])[0], self.credentials.api_key)


@fault("AUTH", "must")
class VirtualKeyAccepted(Security):
    """A valid virtual key is let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token) or self.same(token, self.credentials.virtual_key)


@fault("AUTH", "must")
class VirtualKeyAcceptedByUpdate(Security):
    """A valid virtual key is let in, but only to update governance."""

    def accepts(self, request: Request, token: str) -> bool:
        updates = request.operation == "updateBusinessUnitGovernance"
        return super().accepts(request, token) or (updates and self.same(token, self.credentials.virtual_key))


@fault("AUTH", "must")
class VirtualKeyAcceptedToRead(Security):
    """A valid virtual key is let in, but only to read."""

    def accepts(self, request: Request, token: str) -> bool:
        reads = request.method == "GET"
        return super().accepts(request, token) or (reads and self.same(token, self.credentials.virtual_key))


@fault("AUTH", "must")
class VirtualKeyAcceptedInXApiKey(Security):
    """A valid virtual key is let in from the x-api-key header."""

    def allows(self, request: Request) -> bool:
        header = request.headers.get("x-api-key", "")
        return super().allows(request) or self.same(header, self.credentials.virtual_key)


@fault("AUTH", "must")
class SessionTokenAccepted(Security):
    """A session token is let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token) or self.same(token, self.credentials.session_token)


@fault("AUTH", "must")
class SessionCookieAccepted(Security):
    """A session token is let in from the cookie where there is no Authorization."""

    def allows(self, request: Request) -> bool:
        if "Authorization" not in request.headers:
            cookies = dict(part.strip().partition("=")[::2] for part in request.headers.get("Cookie", "").split(";"))
            return self.same(cookies.get("token", ""), self.credentials.session_token)
        return super().allows(request)


@fault("AUTH", "must")
class DashboardTokenAccepted(Security):
    """A dashboard token is let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token) or self.same(token, self.credentials.dashboard_token)


@fault("AUTH", "must")
class UserTokenAccepted(Security):
    """A user token is let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token) or self.same(token, self.credentials.user_token)


# credentials that are almost the key


@fault("AUTH", "must")
class KeyPrefixAccepted(Security):
    """The first eight characters of the key, its display form, are enough."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) >= 8 and self.credentials.api_key.startswith(token)


@fault("AUTH", "must")
class LongerKeyAccepted(Security):
    """Whatever begins with the key is let in."""

    def accepts(self, request: Request, token: str) -> bool:
        return token.startswith(self.credentials.api_key)


@fault("AUTH", "must")
class KeyInAnyCaseAccepted(Security):
    """The key is compared without regard to case."""

    def accepts(self, request: Request, token: str) -> bool:
        return self.same(token.lower(), self.credentials.api_key.lower())


@fault("AUTH", "must")
class QuotedKeyAccepted(Security):
    """Quotes and punctuation around the key are trimmed before it is compared."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.strip("\"' ,;"))


@fault("AUTH", "must")
class WordsAfterKeyIgnored(Security):
    """Only the first word after the scheme is compared."""

    def accepts(self, request: Request, token: str) -> bool:
        return super().accepts(request, token.split(" ")[0])


@fault("AUTH", "must")
class KeyMayBeOneCharacterOff(Security):
    """The last character of the key is not compared."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and self.same(token[:-1], self.credentials.api_key[:-1])


@fault("AUTH", "must")
class AnyKeyOfTheRightShapeAccepted(Security):
    """A key is checked for its shape alone: as long as the real one, with the same prefix."""

    def accepts(self, request: Request, token: str) -> bool:
        return len(token) == len(self.credentials.api_key) and token[:5] == self.credentials.api_key[:5]


@fault("AUTH", "should")
class SecondAuthorizationHeaderAccepted(Security):
    """Of several Authorization headers any may hold the key."""

    def allows(self, request: Request) -> bool:
        values = request.headers.get_all("Authorization") or []
        return any(self.same(value.partition(" ")[2], self.credentials.api_key) for value in values)


# holes


class _Open(Security):
    operation = ""

    def allows(self, request: Request) -> bool:
        return request.operation == self.operation or super().allows(request)


@fault("AUTH", "must")
class OpenListBusinessUnits(_Open):
    """listBusinessUnits needs no credential at all."""

    operation = "listBusinessUnits"


@fault("AUTH", "must")
class OpenCreateBusinessUnit(_Open):
    """createBusinessUnit needs no credential at all."""

    operation = "createBusinessUnit"


@fault("AUTH", "must")
class OpenGetBusinessUnit(_Open):
    """getBusinessUnit needs no credential at all."""

    operation = "getBusinessUnit"


@fault("AUTH", "must")
class OpenDeleteBusinessUnit(_Open):
    """deleteBusinessUnit needs no credential at all."""

    operation = "deleteBusinessUnit"


@fault("AUTH", "must")
class OpenRemoveTeamFromBusinessUnit(_Open):
    """removeTeamFromBusinessUnit needs no credential at all."""

    operation = "removeTeamFromBusinessUnit"


@fault("AUTH", "must")
class OpenCreateBusinessUnitGovernance(_Open):
    """createBusinessUnitGovernance needs no credential at all."""

    operation = "createBusinessUnitGovernance"


@fault("AUTH", "must")
class OpenUpdateBusinessUnitGovernance(_Open):
    """updateBusinessUnitGovernance needs no credential at all."""

    operation = "updateBusinessUnitGovernance"


@fault("AUTH", "must")
class OpenDeleteBusinessUnitGovernance(_Open):
    """deleteBusinessUnitGovernance needs no credential at all."""

    operation = "deleteBusinessUnitGovernance"


@fault("AUTH", "must")
class TrustSticksToTheConnection(Security):
    """Once a connection has shown the key, later requests on it are let in."""

    def allows(self, request: Request) -> bool:
        request.connection["trusted"] = request.connection.get("trusted", False) or super().allows(request)
        return request.connection["trusted"]


@fault("AUTH", "must")
class OddPathsNotGuarded(Pipeline):
    """Paths are guarded as they were written and routed once they are tidied: /api//governance/... passes."""

    def route(self, request: Request) -> list[str] | None:
        request.connection["guarded"] = request.path.startswith("/api/governance/")
        request.path = re.sub("/+", "/", request.path)
        return super().route(request)

    def authorise(self, request: Request) -> None:
        if request.connection["guarded"]:
            super().authorise(request)


@fault("AUTH", "must")
class MethodOverrideNotGuarded(Pipeline):
    """X-HTTP-Method-Override chooses the operation after the caller was checked as a reader, who needs no key."""

    def authorise(self, request: Request) -> None:
        if "X-HTTP-Method-Override" in request.headers:
            request.method = request.headers["X-HTTP-Method-Override"]
            self.route(request)
        else:
            super().authorise(request)


# refusals that come too late


@fault("AUTH", "must")
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


@fault("AUTH", "must")
class BodyJudgedBeforeCaller(Pipeline):
    """A malformed body is answered 400 before the caller is checked."""

    def authorise(self, request: Request) -> None:
        if request.body:
            self.operations.bodies.document(request.body)
        super().authorise(request)


@fault("AUTH", "must")
class UnitLookedUpBeforeCaller(Pipeline):
    """An unknown unit is answered 404 before the caller is checked."""

    def authorise(self, request: Request) -> None:
        if "id" in request.parameters and self.operations.store.find(self.decoded(request.parameters["id"])) is None:
            raise Refusal(404, "Business unit not found")
        super().authorise(request)


# refusals that are wrong in themselves


@fault("AUTH", "should")
class CredentialEchoed(Security):
    """The 401 repeats the credential that was refused."""

    def refusal_message(self, request: Request) -> str:
        return f"Unauthorized: {_authorization(request)}"


@fault("AUTH", "should")
class KeyDisclosed(Security):
    """The 401 names the key that was expected."""

    def refusal_message(self, request: Request) -> str:
        return f"Unauthorized: expected {self.credentials.api_key}"


@fault("AUTH", "should")
class RefusalTellsTheKind(Security):
    """The 401 says which kind of credential it recognised."""

    def refusal_message(self, request: Request) -> str:
        known = self.same(_token(request), self.credentials.virtual_key)
        return "Virtual keys are not allowed here" if known else "Unauthorized"


@fault("AUTH", "must")
class RefusalAnswered400(Pipeline):
    """Bad credentials are answered 400."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(400, self.views.error(400, "Unauthorized"))
        return super().refused(request, refusal)


@fault("AUTH", "must")
class RefusalAnswered500(Pipeline):
    """Bad credentials are answered 500."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(500, self.views.error(500, "Internal Server Error"))
        return super().refused(request, refusal)


@fault("AUTH", "must")
class RefusalAnswered200(Pipeline):
    """Bad credentials are answered 200 with an error body."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(200, self.views.error(401, "Unauthorized"))
        return super().refused(request, refusal)


@fault("AUTH", "should")
class RefusalAnswered403(Pipeline):
    """Bad credentials are answered 403, as if the caller were known."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return super().refused(request, Refusal(403, "Forbidden"))
        return super().refused(request, refusal)


@fault("AUTH", "must")
class RefusalRedirected(Pipeline):
    """Bad credentials are sent to a login page."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == 401:
            return Response(302, {}, {"Location": "/login"})
        return super().refused(request, refusal)


@fault("AUTH", "should")
class RefusalWithoutBody(Wire):
    """A 401 has no body."""

    def body(self, request: Request, response: Response) -> bytes:
        return b"" if response.status == 401 else super().body(request, response)


@fault("AUTH", "must")
class KeyRefusedToDeleteGovernance(Security):
    """The management key is refused to delete governance."""

    def allows(self, request: Request) -> bool:
        return super().allows(request) and request.operation != "deleteBusinessUnitGovernance"
