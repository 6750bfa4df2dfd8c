"""Servers that parse JSON wrongly."""

from __future__ import annotations

import json
import re
from typing import Any

from ...assembly import fault
from ...bodies import Bodies
from ...messages import Refusal


@fault("whitespace-in-json-refused", "VALID", "must")
class WhitespaceInJsonRefused(Bodies):
    """The server refuses JSON with line breaks."""

    def parse(self, body: bytes) -> Any:
        if b"\n" in body.strip():
            raise ValueError("line break")
        return super().parse(body)


@fault("escapes-in-json-misread", "VALID", "must", proves=("UPDATE-22",))
class EscapesInJsonMisread(Bodies):
    r"""The server stores escapes in strings, such as \u00e9, as they are written."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body.replace(b"\\u", b"\\\\u"))


@fault("field-escaped-member-names", "VALID", "must", origin="blind-2")
class EscapedMemberNames(Bodies):
    """The server does not decode escapes in member names."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb'\\u([0-9A-Fa-f]{4})(?=[^"]*"\s*:)', rb"u\1", body))


@fault("malformed-json-accepted", "VALID", "must")
class MalformedJsonAccepted(Bodies):
    """The server reads a body that is not JSON as {}."""

    def document(self, body: bytes) -> Any:
        try:
            return super().document(body)
        except Refusal:
            return {}


@fault("empty-body-accepted", "VALID", "must", proves=("VALID-04",))
class EmptyBodyAccepted(Bodies):
    """The server reads an empty body as {}."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body) if body.strip() else {}


@fault("truncated-json-accepted", "VALID", "must", proves=("VALID-03",))
class TruncatedJsonAccepted(Bodies):
    """The server adds missing closing braces."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body + b"}" * (body.count(b"{") - body.count(b"}")))


@fault("trailing-bytes-accepted", "VALID", "must")
class TrailingBytesAccepted(Bodies):
    """The server ignores text after the JSON value."""

    def parse(self, body: bytes) -> Any:
        text = body.decode().lstrip()
        return super().parse(text[: json.JSONDecoder().raw_decode(text)[1]].encode())


@fault("comments-accepted", "VALID", "must")
class CommentsAccepted(Bodies):
    """The server accepts comments in JSON."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb"/\*.*?\*/|//[^\n]*", b"", body, flags=re.DOTALL))


@fault("nan-accepted", "VALID", "must")
class NanAccepted(Bodies):
    """The server accepts NaN and Infinity."""

    def parse(self, body: bytes) -> Any:
        return json.loads(body.decode(), parse_constant=lambda name: 1.0, object_pairs_hook=self.members)


@fault("field-comma-at-end-accepted", "VALID", "must", origin="blind-2")
class CommaAtEndAccepted(Bodies):
    """The server accepts a comma before a closing brace or bracket."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb",\s*([}\]])", rb"\1", body))


@fault("field-bad-bytes-replaced", "VALID", "should", proves=("VALID-23",), origin="blind-2")
class BadBytesReplaced(Bodies):
    """The server replaces bytes that are not UTF-8 instead of refusing them."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body.decode("utf-8", "replace").encode())


@fault("deep-nesting-breaks", "VALID", "must", proves=("VALID-13",))
class DeepNestingBreaks(Bodies):
    """The server answers 500 to deeply nested JSON."""

    def document(self, body: bytes) -> Any:
        if body.count(b"[") > 1_000:
            raise RecursionError  # raised here, since interpreters differ in how deep they parse
        return super().document(body)
