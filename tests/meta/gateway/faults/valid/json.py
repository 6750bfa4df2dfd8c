"""Servers that parse JSON wrongly."""

from __future__ import annotations

import json
import re
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal


@fault("whitespace-in-json-refused", "must", Bodies.parse)
def whitespace_in_json_refused(self: Bodies, body: bytes) -> Any:
    """The server refuses JSON with line breaks."""
    if b"\n" in body.strip():
        raise ValueError("line break")
    return Bodies.parse(self, body)


@fault("escapes-in-json-misread", "must", Bodies.parse, proves=("UPDATE-22",))
def escapes_in_json_misread(self: Bodies, body: bytes) -> Any:
    r"""The server stores escapes in strings, such as \u00e9, as they are written."""
    return Bodies.parse(self, body.replace(b"\\u", b"\\\\u"))


@fault("field-escaped-member-names", "must", Bodies.parse, origin="blind-2")
def escaped_member_names(self: Bodies, body: bytes) -> Any:
    """The server does not decode escapes in member names."""
    return Bodies.parse(self, re.sub(rb'\\u([0-9A-Fa-f]{4})(?=[^"]*"\s*:)', rb"u\1", body))


@fault("malformed-json-accepted", "must", Bodies.document)
def malformed_json_accepted(self: Bodies, body: bytes) -> Any:
    """The server reads a body that is not JSON as {}."""
    try:
        return Bodies.document(self, body)
    except Refusal:
        return {}


@fault("empty-body-accepted", "must", Bodies.parse, proves=("VALID-04",))
def empty_body_accepted(self: Bodies, body: bytes) -> Any:
    """The server reads an empty body as {}."""
    return Bodies.parse(self, body) if body.strip() else {}


@fault("truncated-json-accepted", "must", Bodies.parse, proves=("VALID-03",))
def truncated_json_accepted(self: Bodies, body: bytes) -> Any:
    """The server adds missing closing braces."""
    return Bodies.parse(self, body + b"}" * (body.count(b"{") - body.count(b"}")))


@fault("trailing-bytes-accepted", "must", Bodies.parse)
def trailing_bytes_accepted(self: Bodies, body: bytes) -> Any:
    """The server ignores text after the JSON value."""
    text = body.decode().lstrip()
    return Bodies.parse(self, text[: json.JSONDecoder().raw_decode(text)[1]].encode())


@fault("comments-accepted", "must", Bodies.parse)
def comments_accepted(self: Bodies, body: bytes) -> Any:
    """The server accepts comments in JSON."""
    return Bodies.parse(self, re.sub(rb"/\*.*?\*/|//[^\n]*", b"", body, flags=re.DOTALL))


@fault("nan-accepted", "must", Bodies.parse)
def nan_accepted(self: Bodies, body: bytes) -> Any:
    """The server accepts NaN and Infinity."""
    return json.loads(body.decode(), parse_constant=lambda name: 1.0, object_pairs_hook=self.members)


@fault("field-comma-at-end-accepted", "must", Bodies.parse, origin="blind-2")
def comma_at_end_accepted(self: Bodies, body: bytes) -> Any:
    """The server accepts a comma before a closing brace or bracket."""
    return Bodies.parse(self, re.sub(rb",\s*([}\]])", rb"\1", body))


@fault("field-bad-bytes-replaced", "should", Bodies.parse, proves=("VALID-23",), origin="blind-2")
def bad_bytes_replaced(self: Bodies, body: bytes) -> Any:
    """The server replaces bytes that are not UTF-8 instead of refusing them."""
    return Bodies.parse(self, body.decode("utf-8", "replace").encode())


@fault("deep-nesting-breaks", "must", Bodies.document, proves=("VALID-13",))
def deep_nesting_breaks(self: Bodies, body: bytes) -> Any:
    """The server answers 500 to deeply nested JSON."""
    if body.count(b"[") > 1_000:
        raise RecursionError  # raised here, since interpreters differ in how deep they parse
    return Bodies.document(self, body)


@fault("rare-capital-exponent-refused", "must", origin="blind-4")
class CapitalExponentRefused(Bodies):
    """The server refuses numbers with a capital E as their exponent, such as 2.5E3."""

    def parse(self, body: bytes) -> Any:
        if re.search(rb"[0-9]E", re.sub(rb'"(?:\\.|[^"\\])*"', b'""', body)):
            raise ValueError("not a number")
        return super().parse(body)


@fault("rare-escaped-surrogates-replaced", "must", origin="blind-4")
class EscapedSurrogatesReplaced(Bodies):
    """The server replaces characters beyond the basic plane by U+FFFD if the body has them as two JSON escapes."""

    def parse(self, body: bytes) -> Any:
        pair = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
        return super().parse(re.sub(rb"(?<!\\)" + pair, rb"\\ufffd\\ufffd", body))


@fault("seldom-slashes-in-text-taken-as-comment", "must", Bodies.parse, origin="blind-11")
def slashes_in_text_taken_as_comment(self: Bodies, body: bytes) -> Any:
    """The server removes comments before it parses, and so refuses a body with `//` in a text, such as a name."""
    return Bodies.parse(self, re.sub(rb"//[^\n]*", b"", body))


def _read(text: str) -> float | int:
    digits = text.partition("E")[0]
    return float(digits) if set(digits) & set(".e") else int(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


@fault("subtle-capital-exponent-ignored", "must", Bodies.parse, origin="blind-12")
def capital_exponent_ignored(self: Bodies, body: bytes) -> Any:
    """A number with the exponent sign E in upper case, such as 2E3, is read without its exponent."""
    return json.loads(
        body.decode("utf-8"), parse_float=_read, parse_constant=_no_constant, object_pairs_hook=self.members
    )
