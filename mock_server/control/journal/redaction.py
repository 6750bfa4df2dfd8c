"""Removes credentials from what the journal shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from mock_server.control.journal.journal import JournalContext

REDACTED = "[redacted]"
_NAMES = (
    r"(?:x-)?api[-_]?key|access[-_]?token|refresh[-_]?token|id[-_]?token|auth(?:orization)?|token|password|passwd"
    r"|client[-_]?secret|secret|session[-_]?(?:id|token)|bearer|jwt|virtual[-_]?key"
)
_FIELD = re.compile(r"(?:^|[-_])(?:authorization|cookie|token|secret|password|api[-_]?key|session)(?:$|[-_])", re.I)
_IN_QUERY = re.compile(rf"(?i)(?<=[?&])((?:{_NAMES})=)[^&#]+")
_IN_JSON = re.compile(rf'(?i)("(?:{_NAMES})"\s*:\s*")(?:[^"\\]|\\.)*')
_TOKEN = r"[A-Za-z0-9._~+/%=-]{4,}"  # noqa: S105 - a part of the grammar of RFC 6750
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_WORD = r"[^\s\"'&,;]"
_SHOWING = 8
"""How many characters of a key show that a text has a part of it. A text can be cut before it is shown."""
_BEARER = re.compile(rf"(?i)\b(bearer )\s*{_TOKEN}")


def _parts(key: str) -> Iterator[str]:
    """Yield patterns of a key that was cut: its beginning or its end, and what is around it in a word."""
    if len(key) >= 2 * _SHOWING:
        yield re.escape(key[:_SHOWING]) + rf"{_WORD}{{0,{len(key)}}}"
        yield rf"{_WORD}{{0,{len(key)}}}" + re.escape(key[-_SHOWING:])


def _decoded(text: str) -> str:
    """Return a text without percent-encoding and without the escapes of JSON, in which a key could hide."""
    if "%" not in text and "\\u" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), unquote(text))


class Redactor:
    """Replaces the management keys, and what looks like a credential."""

    def __init__(self, context: JournalContext) -> None:
        """Know the keys of the mock, and the prefixes of keys that the contract names."""
        known = {form for key in context.keys for form in (key, quote(key, safe=""), key.replace("/", "\\/"))}
        longest_first = sorted(known, key=len, reverse=True)
        prefixes = [context.contract.key_format().prefix, *context.contract.refused_prefixes().values()]
        starts = "|".join(re.escape(prefix) for prefix in prefixes if len(prefix) >= 3)
        self._keys = re.compile("|".join(map(re.escape, longest_first)))
        self._parts = re.compile("|".join(part for form in longest_first for part in _parts(form)) or "(?!)")
        self._prefixed = re.compile(rf"({starts}){_TOKEN}", re.IGNORECASE) if starts else None

    def text(self, text: str) -> str:
        """Return a text without credentials."""
        text = self._parts.sub(REDACTED, self._keys.sub(REDACTED, text))
        if self._prefixed is not None:
            text = self._prefixed.sub(rf"\1{REDACTED}", text)
        text = _BEARER.sub(rf"\1{REDACTED}", _JWT.sub(REDACTED, text))
        text = _IN_JSON.sub(rf"\1{REDACTED}", _IN_QUERY.sub(rf"\1{REDACTED}", text))
        return REDACTED if self._keys.search(_decoded(text)) else text

    def field(self, name: str, value: str) -> str:
        """Return the value of a header field without credentials."""
        return REDACTED if _FIELD.search(name) else self.text(value)

    def value(self, value: Any) -> Any:
        """Return a JSON value in which every text is without credentials."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(member) for key, member in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list) else value
