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
    """The server answers 200 with {} for an unknown path."""

    def serve(self, request: Request) -> Response:
        if self.route(request) is None:
            self.authorise(request)
            return Response(200, {})
        return super().serve(request)


@fault("field-path-tail-ignored", "HTTP", "should", origin="blind-2")
class PathTailIgnored(Pipeline):
    """The server ignores what follows /governance in the path."""

    def route(self, request: Request) -> list[str] | None:
        request.path = re.sub("(/business-units/[^/]+/governance)/.+", r"\1", request.path)
        return super().route(request)


@fault("field-query-breaks-route", "HTTP", "should", proves=("HTTP-07",), origin="blind-2")
class QueryBreaksRoute(Pipeline):
    """The server answers 404 to an update with a query."""

    def route(self, request: Request) -> list[str] | None:
        if request.query and request.method == "PUT":
            return None
        return super().route(request)


@fault("id-decoded-twice", "HTTP", "should")
class IdDecodedTwice(Pipeline):
    """The server percent-decodes ids twice."""

    def decoded(self, segment: str) -> str:
        return urllib.parse.unquote(super().decoded(segment))


@fault("id-in-any-case", "HTTP", "should")
class IdInAnyCase(Pipeline):
    """The server ignores the case of ids."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).lower()


@fault("field-id-not-decoded", "HTTP", "should", proves=("HTTP-06",), origin="blind-2")
class IdNotDecoded(Pipeline):
    """The server does not percent-decode ids."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment) and segment


@fault("encoded-id-addresses-another-unit", "HTTP", "should", proves=("HTTP-06",))
class EncodedIdAddressesAnotherUnit(Pipeline):
    """An update with a percent-encoded id changes another unit."""

    def decode(self, request: Request) -> None:
        encoded = "%" in request.parameters.get("id", "")
        super().decode(request)
        ids = [unit.id for unit in self.operations.store.units()]
        if encoded and request.operation == "updateBusinessUnitGovernance" and request.unit_id in ids:
            request.parameters["id"] = next(other for other in ids if other != request.unit_id)


@fault("field-id-trimmed", "HTTP", "should", proves=("ERROR-12",), origin="blind-2")
class IdTrimmed(Pipeline):
    """The server trims blanks at the end of ids."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).rstrip()


@fault("field-id-ends-at-null", "HTTP", "should", origin="blind-2")
class IdEndsAtNull(Pipeline):
    """The server ends ids at a null character."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).partition("\0")[0]


@fault("field-id-is-pattern", "HTTP", "must", proves=("ERROR-11",), origin="blind-2")
class IdIsPattern(Operations):
    """A GET reads % and _ in ids as wildcards."""

    def get_unit(self, request: Request) -> Response:
        pattern = re.escape(request.unit_id).replace("%", ".*").replace("_", ".")
        found = [unit.id for unit in self.store.units() if re.fullmatch(pattern, unit.id)]
        if found and request.unit_id not in found:
            request.parameters["id"] = found[0]
        return super().get_unit(request)


@fault("field-id-is-prefix", "HTTP", "must", origin="blind-2")
class IdIsPrefix(Operations):
    """An update finds a unit by the beginning of its id."""

    def update_governance(self, request: Request) -> Response:
        found = [unit.id for unit in self.store.units() if unit.id.startswith(request.unit_id)]
        if found and request.unit_id not in found:
            request.parameters["id"] = found[0]
        return super().update_governance(request)


@fault("field-dot-segments-resolved-late", "HTTP", "should", origin="blind-2")
class DotSegmentsResolvedLate(Pipeline):
    """The server resolves `..` in ids after percent-decoding."""

    def decoded(self, segment: str) -> str:
        return super().decoded(segment).rpartition("/../")[2]
