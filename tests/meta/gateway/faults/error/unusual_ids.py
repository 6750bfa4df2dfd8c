"""Servers that read unusual ids wrongly, or handle unusual bodies for unknown units wrongly."""

from __future__ import annotations

import re
import unicodedata
import urllib.parse
from typing import Any

from ...assembly import fault
from ...messages import Request
from ...model import Unit
from ...operations import Operations
from ...pipeline import Pipeline


@fault("quote-in-id-breaks", "must", Operations.unit, proves=("ERROR-01",))
def quote_in_id_breaks(self: Operations, request: Request, now: int) -> Unit:
    """The server answers 500 to an id with an apostrophe or a quotation mark."""
    assert not set(request.unit_id) & set("'\"")
    return Operations.unit(self, request, now)


@fault("surrogate-in-id-breaks", "must", Pipeline.decoded, proves=("ERROR-06",))
def surrogate_in_id_breaks(self: Pipeline, segment: str) -> str:
    """The server answers 500 to an id with the encoded octets of a surrogate."""
    assert not re.search(b"\xed[\xa0-\xbf]", urllib.parse.unquote_to_bytes(segment.encode("latin-1")))
    return Pipeline.decoded(self, segment)


@fault("undecodable-body-for-unknown-unit-breaks", "must", Operations.document, proves=("ERROR-10",))
def undecodable_body_for_unknown_unit_breaks(self: Operations, request: Request) -> Any:
    """The server answers 500 to a body that is not UTF-8 if the unit is unknown."""
    if "id" in request.parameters and self.store.find(request.unit_id) is None:
        assert request.body.decode("utf-8", "replace").encode() == request.body
    return Operations.document(self, request)


@fault("pattern-within-id-matches", "must", Operations.unit, proves=("ERROR-11",))
def pattern_within_id_matches(self: Operations, request: Request, now: int) -> Unit:
    """A percent sign, an underscore, an asterisk or a question mark within an id stands for any character."""
    pattern = re.sub(r"\\?[%_*?](?!$)", ".", re.escape(request.unit_id))
    for unit in self.store.units() if len(request.unit_id) > 8 else []:
        if re.fullmatch(pattern, unit.id):
            request.parameters["id"] = unit.id
    return Operations.unit(self, request, now)


@fault("wide-characters-in-id-match", "should", Operations.unit, proves=("ERROR-12",))
def wide_characters_in_id_match(self: Operations, request: Request, now: int) -> Unit:
    """The server finds a unit by an id in characters of full width."""
    request.parameters["id"] = unicodedata.normalize("NFKC", request.unit_id)
    return Operations.unit(self, request, now)


@fault("rare-non-ascii-id-fails", "must", origin="blind-4")
class NonAsciiIdFails(Operations):
    """The server answers 500 if the unit identifier in the path has characters beyond ASCII."""

    def unit(self, request: Request, now: int) -> Unit:
        request.unit_id.encode("ascii")
        return super().unit(request, now)
