"""Servers that read paths and identifiers wrongly."""

from __future__ import annotations

import re
import urllib.parse

from ...assembly import fault
from ...messages import Request, Response
from ...operations import Operations
from ...pipeline import Pipeline


@fault("unknown-path-answered-200", "HTTP", "should", proves=("HTTP-02",))
class UnknownPathAnswered200(Pipeline):
    """An unknown path is answered 200 with an empty object."""

    def serve(self, request: Request) -> Response:
        if self.route(request) is None:
            self.authorise(request)
            return Response(200, {})
        return super().serve(request)


@fault("field-path-tail-ignored", "HTTP", "should", origin="blind-2")
class PathTailIgnored(Pipeline):
    """The route of governance is a prefix: `/governance/anything` updates too."""

    def route(self, request: Request) -> list[str] | None:
        request.path = re.sub("(/business-units/[^/]+/governance)/.+", r"\1", request.path)
        return super().route(request)


@fault("field-query-breaks-route", "HTTP", "should", proves=("HTTP-07",), origin="blind-2")
class QueryBreaksRoute(Pipeline):
    """The router matches the path with its query: an update with any query is 404."""

    def route(self, request: Request) -> list[str] | None:
        if request.query and request.method == "PUT":
            return None
        return super().route(request)


@fault("id-decoded-twice", "HTTP", "should")
class IdDecodedTwice(Pipeline):
    """Identifiers are percent-decoded twice."""

    def decoded(self, segment: str) -> str:
        return urllib.parse.unquote(super().decoded(segment))


@fault("id-in-any-case", "HTTP", "should")
class IdInAnyCase(Pipeline):
    """Identifiers are looked up in lower case."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).lower()


@fault("field-id-not-decoded", "HTTP", "should", proves=("HTTP-06",), origin="blind-2")
class IdNotDecoded(Pipeline):
    """An identifier is looked up as it stands in the path: an encoded letter makes it unknown."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment) and segment


@fault("field-id-trimmed", "HTTP", "should", proves=("ERROR-12",), origin="blind-2")
class IdTrimmed(Pipeline):
    """Blanks at the end of an identifier do not count: `ID%20` finds the unit."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).rstrip()


@fault("field-id-ends-at-null", "HTTP", "should", origin="blind-2")
class IdEndsAtNull(Pipeline):
    """An identifier ends at a null character: `ID%00x` finds the unit."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).partition("\0")[0]


@fault("field-id-is-pattern", "HTTP", "must", proves=("ERROR-11",), origin="blind-2")
class IdIsPattern(Operations):
    """The identifier goes into LIKE as it is: `%25` stands for the first unit there is."""

    def get_unit(self, request: Request) -> Response:
        pattern = re.escape(request.unit_id).replace("%", ".*").replace("_", ".")
        found = [unit.id for unit in self.store.units() if re.fullmatch(pattern, unit.id)]
        if found and request.unit_id not in found:
            request.parameters["id"] = found[0]
        return super().get_unit(request)


@fault("field-id-is-prefix", "HTTP", "must", origin="blind-2")
class IdIsPrefix(Operations):
    """The unit is looked up with LIKE 'id%': the beginning of an identifier updates the first unit that fits."""

    def update_governance(self, request: Request) -> Response:
        found = [unit.id for unit in self.store.units() if unit.id.startswith(request.unit_id)]
        if found and request.unit_id not in found:
            request.parameters["id"] = found[0]
        return super().update_governance(request)


@fault("field-dot-segments-resolved-late", "HTTP", "should", origin="blind-2")
class DotSegmentsResolvedLate(Pipeline):
    """`..` is resolved after decoding: the identifier `x%2F..%2FID` is the unit ID."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).rpartition("/../")[2]
