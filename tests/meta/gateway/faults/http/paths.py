"""Servers that read paths and identifiers wrongly."""

from __future__ import annotations

import re
import urllib.parse
from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...model import Unit
from ...operations import UNITS, Operations
from ...pipeline import Pipeline


@fault("unknown-path-answered-200", "should", Pipeline.serve, proves=("HTTP-02",))
def unknown_path_answered_200(self: Pipeline, request: Request) -> Response:
    """The server answers 200 with {} for an unknown path."""
    if self.route(request) is None:
        self.authorise(request)
        return Response(200, {})
    return Pipeline.serve(self, request)


@fault("field-path-tail-ignored", "should", Pipeline.route, origin="blind-2")
def path_tail_ignored(self: Pipeline, request: Request) -> list[str] | None:
    """The server ignores what follows /governance in the path."""
    request.path = re.sub("(/business-units/[^/]+/governance)/.+", r"\1", request.path)
    return Pipeline.route(self, request)


@fault("field-query-breaks-route", "should", Pipeline.route, proves=("HTTP-07",), origin="blind-2")
def query_breaks_route(self: Pipeline, request: Request) -> list[str] | None:
    """The server answers 404 to an update with a query."""
    if request.query and request.method == "PUT":
        return None
    return Pipeline.route(self, request)


@fault("id-decoded-twice", "should", Pipeline.decoded)
def id_decoded_twice(self: Pipeline, segment: str) -> str:
    """The server percent-decodes ids twice."""
    return urllib.parse.unquote(Pipeline.decoded(self, segment))


@fault("id-in-any-case", "should", Pipeline.decoded)
def id_in_any_case(self: Pipeline, segment: str) -> str:
    """The server ignores the case of ids."""
    return Pipeline.decoded(self, segment).lower()


@fault("field-id-not-decoded", "should", Pipeline.decoded, proves=("HTTP-06",), origin="blind-2")
def id_not_decoded(self: Pipeline, segment: str) -> str:
    """The server does not percent-decode ids."""
    return Pipeline.decoded(self, segment) and segment


@fault("encoded-id-addresses-another-unit", "should", Pipeline.decode, proves=("HTTP-06",))
def encoded_id_addresses_another_unit(self: Pipeline, request: Request) -> None:
    """An update with a percent-encoded id changes another unit."""
    encoded = "%" in request.parameters.get("id", "")
    Pipeline.decode(self, request)
    ids = [unit.id for unit in self.operations.store.units()]
    if encoded and request.operation == "updateBusinessUnitGovernance" and request.unit_id in ids:
        request.parameters["id"] = next(other for other in ids if other != request.unit_id)


@fault("field-id-trimmed", "should", Pipeline.decoded, proves=("ERROR-12",), origin="blind-2")
def id_trimmed(self: Pipeline, segment: str) -> str:
    """The server trims blanks at the end of ids."""
    return Pipeline.decoded(self, segment).rstrip()


@fault("field-id-ends-at-null", "should", Pipeline.decoded, origin="blind-2")
def id_ends_at_null(self: Pipeline, segment: str) -> str:
    """The server ends ids at a null character."""
    return Pipeline.decoded(self, segment).partition("\0")[0]


@fault("field-id-is-pattern", "must", Operations.get_unit, proves=("ERROR-11",), origin="blind-2")
def id_is_pattern(self: Operations, request: Request) -> Response:
    """A GET reads % and _ in ids as wildcards."""
    pattern = re.escape(request.unit_id).replace("%", ".*").replace("_", ".")
    found = [unit.id for unit in self.store.units() if re.fullmatch(pattern, unit.id)]
    if found and request.unit_id not in found:
        request.parameters["id"] = found[0]
    return Operations.get_unit(self, request)


@fault("field-dot-segments-resolved-late", "should", Pipeline.decoded, origin="blind-2")
def dot_segments_resolved_late(self: Pipeline, segment: str) -> str:
    """The server resolves `..` in ids after percent-decoding."""
    return Pipeline.decoded(self, segment).rpartition("/../")[2]


@fault("rare-lower-case-escapes-kept", "must", origin="blind-4")
class LowerCaseEscapesKept(Pipeline):
    """The server does not decode percent-encodings with hexadecimal digits in lower case, such as %2d."""

    def decoded(self, segment: str) -> str:
        return super().decoded(re.sub("%(?=[0-9A-Fa-f]{2})(?![0-9A-F]{2})", "%25", segment))


@fault("seldom-cache-knows-one-spelling-of-path", "must", origin="blind-11")
class CacheKnowsOneSpellingOfPath(Operations):
    """A unit that was read is shown without the changes of requests that spell its id with other percent-escapes."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.cache: dict[str, Unit] = {}

    def run(self, request: Request) -> Response:
        if request.method != "GET":
            self.cache.pop(self.spelling(request), None)
        return super().run(request)

    def get_unit(self, request: Request) -> Response:
        unit = self.cache.get(self.spelling(request)) or self.unit(request, self.clock.now())
        unit = self.governance.refresh(unit, self.clock.now())
        self.cache[self.spelling(request)] = unit
        return Response(200, self.views.detail(unit, self.team_count(unit)))

    def spelling(self, request: Request) -> str:
        """Return the identifier in the path as it was sent."""
        return request.path.removeprefix(f"{UNITS}/").partition("/")[0]
