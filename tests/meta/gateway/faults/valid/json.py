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
    """JSON over several lines is refused."""

    def parse(self, body: bytes) -> Any:
        if b"\n" in body.strip():
            raise ValueError("line break")
        return super().parse(body)


@fault("escapes-in-json-misread", "VALID", "must", proves=("UPDATE-22",))
class EscapesInJsonMisread(Bodies):
    r"""Escapes such as \u00e9 in strings are kept as they are written."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body.replace(b"\\u", b"\\\\u"))


@fault("field-escaped-member-names", "VALID", "must", origin="blind-2")
class EscapedMemberNames(Bodies):
    """Members are found by their raw spelling: `"b\\u0075dget"` is not the budget."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb'\\u([0-9A-Fa-f]{4})(?=[^"]*"\s*:)', rb"u\1", body))


@fault("malformed-json-accepted", "VALID", "must")
class MalformedJsonAccepted(Bodies):
    """A body that is not JSON counts as {}."""

    def document(self, body: bytes) -> Any:
        try:
            return super().document(body)
        except Refusal:
            return {}


@fault("empty-body-accepted", "VALID", "must", proves=("VALID-04",))
class EmptyBodyAccepted(Bodies):
    """An empty body counts as {}."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body) if body.strip() else {}


@fault("truncated-json-accepted", "VALID", "must", proves=("VALID-03",))
class TruncatedJsonAccepted(Bodies):
    """Closing braces that are missing are added."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body + b"}" * (body.count(b"{") - body.count(b"}")))


@fault("trailing-bytes-accepted", "VALID", "must")
class TrailingBytesAccepted(Bodies):
    """Whatever follows the JSON value is ignored."""

    def parse(self, body: bytes) -> Any:
        text = body.decode().lstrip()
        return super().parse(text[: json.JSONDecoder().raw_decode(text)[1]].encode())


@fault("comments-accepted", "VALID", "must")
class CommentsAccepted(Bodies):
    """Comments in JSON are skipped."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb"/\*.*?\*/|//[^\n]*", b"", body, flags=re.DOTALL))


@fault("nan-accepted", "VALID", "must")
class NanAccepted(Bodies):
    """NaN and Infinity are read, and count as 1."""

    def parse(self, body: bytes) -> Any:
        return json.loads(body.decode(), parse_constant=lambda name: 1.0, object_pairs_hook=self.members)


@fault("field-comma-at-end-accepted", "VALID", "must", origin="blind-2")
class CommaAtEndAccepted(Bodies):
    """A relaxed parser lets a comma before a closing brace pass."""

    def parse(self, body: bytes) -> Any:
        return super().parse(re.sub(rb",\s*([}\]])", rb"\1", body))


@fault("field-bad-bytes-replaced", "VALID", "should", proves=("VALID-23",), origin="blind-2")
class BadBytesReplaced(Bodies):
    """Bytes that are not UTF-8 are replaced instead of refused: such a name is stored with a replacement mark."""

    def parse(self, body: bytes) -> Any:
        return super().parse(body.decode("utf-8", "replace").encode())


@fault("deep-nesting-breaks", "VALID", "must", proves=("VALID-13",))
class DeepNestingBreaks(Bodies):
    """Deeply nested JSON is a 500."""

    def document(self, body: bytes) -> Any:
        return json.loads(body) if body.count(b"[") > 1_000 else super().document(body)
