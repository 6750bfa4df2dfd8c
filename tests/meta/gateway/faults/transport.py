"""Servers that break HTTP."""

from __future__ import annotations

import gzip
import urllib.parse

from ..assembly import fault
from ..messages import Refusal, Request, Response
from ..pipeline import Pipeline
from ..wire import Wire

# methods and paths


@fault("HTTP", "should")
class UnknownMethodAnswered200(Pipeline):
    """A method that the path does not serve is answered 200."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        return Response(200, {}) if refusal.status == 405 else super().refused(request, refusal)


@fault("HTTP", "should")
class UnknownMethodAnswered404(Pipeline):
    """A method that the path does not serve is answered 404."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return Refusal(404, "Not found")


@fault("HTTP", "should")
class UnknownMethodAnswered500(Pipeline):
    """A method that the path does not serve is answered 500."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return Refusal(500, "Internal Server Error")


@fault("HTTP", "should")
class AllowMissing(Pipeline):
    """A 405 lacks Allow (RFC 9110, section 15.5.6)."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return Refusal(405, "Method not allowed")


@fault("HTTP", "should")
class AllowIncomplete(Pipeline):
    """Allow names one method where there are several."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return super().method_refusal(allowed[:1])


@fault("HTTP", "should")
class AllowNamesTheMethod(Pipeline):
    """Allow names the method that was refused."""

    def method_refusal(self, allowed: list[str]) -> Refusal:
        return super().method_refusal(["GET", "POST", "PUT", "PATCH", "DELETE"])


@fault("HTTP", "should")
class PatchUpdates(Pipeline):
    """PATCH does what PUT does."""

    def route(self, request: Request) -> list[str] | None:
        if request.method == "PATCH":
            request.method = "PUT"
        return super().route(request)


@fault("HTTP", "should")
class HeadAnswered500(Pipeline):
    """HEAD is answered 500."""

    def serve(self, request: Request) -> Response:
        assert request.method != "HEAD"
        return super().serve(request)


@fault("HTTP", "should")
class UnknownPathAnswered200(Pipeline):
    """An unknown path is answered 200 with an empty object."""

    def serve(self, request: Request) -> Response:
        if self.route(request) is None:
            self.authorise(request)
            return Response(200, {})
        return super().serve(request)


@fault("HTTP", "should")
class IdDecodedTwice(Pipeline):
    """Identifiers are percent-decoded twice."""

    def decoded(self, segment: str) -> str:
        return urllib.parse.unquote(super().decoded(segment))


@fault("HTTP", "should")
class IdInAnyCase(Pipeline):
    """Identifiers are looked up in lower case."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).lower()


# messages


@fault("HTTP", "must")
class BodyCutShort(Wire):
    """The last byte of the answer to an update is missing."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        return status, headers, body[:-1] if request.method == "PUT" else body


@fault("HTTP", "should")
class CompressedUnasked(Wire):
    """Answers are compressed although the client refuses it."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = super().message(request, response)
        accepted = request.headers.get("Accept-Encoding", "identity")
        if "gzip" in accepted:
            return status, headers, body
        return status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(body)


@fault("HTTP", "must")
class MalformedBodyHangsUp(Wire):
    """A 400 is never sent: the connection ends."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        if response.status == 400:
            raise ConnectionAbortedError
        return super().message(request, response)


@fault("HTTP", "conformant")
class LargeBodyHangsUp(Wire):
    """A body above 100 kilobytes is never answered: the connection ends."""

    def message(self, request: Request, response: Response) -> tuple[int, dict[str, str], bytes]:
        if len(request.body) > 100_000:
            raise ConnectionAbortedError
        return super().message(request, response)


@fault("HTTP", "should")
class LargeBodyAnswered500(Pipeline):
    """A body above the limit of size is a 500."""

    def refused(self, request: Request, refusal: Refusal) -> Response:
        return super().refused(request, Refusal(500, "Internal Server Error") if refusal.status == 413 else refusal)


@fault("HTTP", "should")
class RefusedBodyLeftUnread(Pipeline):
    """The body of a refused request is left in the connection, and the next request on it is malformed."""

    def answer(self, request: Request) -> Response:
        if request.connection.pop("left", False):
            return super().refused(request, Refusal(400, "Malformed request"))
        return super().answer(request)

    def refused(self, request: Request, refusal: Refusal) -> Response:
        request.connection["left"] = bool(request.body)
        return super().refused(request, refusal)
