"""Servers that find the wrong unit for an id, or break."""

from __future__ import annotations

import re
import unicodedata
import urllib.parse

from ...assembly import fault
from ...messages import Refusal, Request
from ...model import Store, Unit
from ...operations import Operations
from ...pipeline import Pipeline


@fault("unknown-unit-matched-by-prefix", "must", Operations.unit)
def unknown_unit_matched_by_prefix(self: Operations, request: Request, now: int) -> Unit:
    """The server finds a unit by a shortened or lengthened id."""
    if len(request.unit_id) >= 8:
        for unit in self.store.units():
            if unit.id.startswith(request.unit_id) or request.unit_id.startswith(unit.id):
                request.parameters["id"] = unit.id
    return Operations.unit(self, request, now)


@fault("long-id-breaks", "must", Operations.unit)
def long_id_breaks(self: Operations, request: Request, now: int) -> Unit:
    """The server answers 500 to an id of more than 100 characters."""
    assert len(request.unit_id) <= 100
    return Operations.unit(self, request, now)


@fault("unicode-id-breaks", "must", Operations.unit, proves=("RESP-09",))
def unicode_id_breaks(self: Operations, request: Request, now: int) -> Unit:
    """The server answers 500 to a non-ASCII id."""
    request.unit_id.encode("ascii")
    return Operations.unit(self, request, now)


@fault("third-undecodable-identifier-breaks", "must", Pipeline.decoded, origin="blind-3")
def undecodable_identifier_breaks(self: Pipeline, segment: str) -> str:
    """The server answers 500 to an id that is not UTF-8 after percent-decoding."""
    try:
        return Pipeline.decoded(self, segment)
    except Refusal as refusal:
        raise RuntimeError(segment) from refusal


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@fault("quiet-spellings-of-uuid-found", "should", Store.find, origin="blind-10")
def spellings_of_uuid_found(self: Store, unit_id: str) -> Unit | None:
    """The server finds a unit whose id is a UUID also by this UUID without hyphens, in braces or after urn:uuid:."""
    digits = _digits(unit_id)
    spelled = (unit for unit in self.units() if _UUID.fullmatch(unit.id) and _digits(unit.id) == digits)
    return Store.find(self, unit_id) or next(spelled, None)


def _digits(text: str) -> str:
    return text.removeprefix("urn:uuid:").strip("{}").replace("-", "")


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


@fault("third-units-answer-to-their-names", "should", Operations.unit, origin="blind-3")
def units_answer_to_their_names(self: Operations, request: Request, now: int) -> Unit:
    """The server finds a unit by its name in the path."""
    named = next((unit for unit in self.store.units() if unit.name == request.unit_id), None)
    if self.store.find(request.unit_id) is None and named is not None:
        request.parameters["id"] = named.id
    return Operations.unit(self, request, now)
