"""Removes credentials from what the journal shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from mock_server.control.journal.journal import JournalContext

REDACTED = "[redacted]"
_NAMES = (
    r"(?:x-)?api[-_]?key|access[-_]?token|refresh[-_]?token|id[-_]?token|auth(?:orization)?|token|password|passwd"
    r"|client[-_]?secret|secret|session[-_]?(?:id|token)|bearer|jwt|virtual[-_]?key"
)
_FIELD = re.compile(r"(?:^|[-_])(?:authorization|cookie|token|secret|password|api[-_]?key|session)(?:$|[-_])", re.I)
_NAME = re.compile(rf"(?:.*[-_])?(?:{_NAMES})", re.IGNORECASE | re.DOTALL)
_PAIR = re.compile(r"(?:(?<=[?&])|\A)([^=&#?\s]+=)([^&#\s]+)")
_IN_JSON = re.compile(r'("((?:[^"\\]|\\.)*)"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^",{}\[\]\s]+)')
_TOKEN = r"[A-Za-z0-9._~+/%=-]{4,}"  # noqa: S105 - a part of the grammar of RFC 6750
_DOTTED = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]*+)++")  # in linear time for any text
_JWT_HEADER, _SHORTEST_JWT_HEADER = "eyJ", 8  # the beginning of {" in base64, and characters
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_SHOWING = 8
"""How many characters of a key show that a text has a part of it, where the text was cut."""
_BEARER = re.compile(rf"(?i)\b(bearer )\s*{_TOKEN}")


def _beginnings(key: str) -> Iterator[str]:
    """Yield the beginnings of a key that is long enough to be cut, longest first."""
    return (key[:end] for end in range(len(key) - 1, _SHOWING - 1, -1) if len(key) >= 2 * _SHOWING)


def _ends(key: str) -> Iterator[str]:
    """Yield the ends of a key that is long enough to be cut, longest first."""
    return (key[start:] for start in range(1, len(key) - _SHOWING + 1) if len(key) >= 2 * _SHOWING)


def _any_of(texts: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, texts)) or '(?!)'})"


def _without_jwt(match: re.Match[str]) -> str:
    """Return segments that dots separate without JSON Web Tokens (RFC 7519), which have two or three of them."""
    segments, shown = match[0].split("."), []
    while segments:
        segment = segments.pop(0)
        at = segment.find(_JWT_HEADER)
        if at >= 0 and len(segment) - at >= _SHORTEST_JWT_HEADER and segments and segments[0]:
            segment = segment[:at] + REDACTED
            del segments[:2]
        shown.append(segment)
    return ".".join(shown)


def _without_parameter(match: re.Match[str]) -> str:
    return f"{match[1]}{REDACTED}" if _NAME.fullmatch(unquote(match[1][:-1])) else match[0]


def _without_member(match: re.Match[str]) -> str:
    if match[3] == "null" or not _NAME.fullmatch(_decoded(match[2])):
        return match[0]
    return f'{match[1]}"{REDACTED}"' if match[3].endswith('"') else f"{match[1]}{REDACTED}"


def _without_members(value: Any) -> Any:
    """Return a JSON value in which each member with the name of a credential is redacted, whatever its value."""
    if isinstance(value, dict):
        return {
            name: REDACTED if member is not None and _NAME.fullmatch(name) else _without_members(member)
            for name, member in value.items()
        }
    return [_without_members(item) for item in value] if isinstance(value, list) else value


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
        beginning = _any_of(part for form in longest_first for part in _beginnings(form))
        end = _any_of(part for form in longest_first for part in _ends(form))
        # `contract.validation.brief` cuts the middle of a text.
        self._at_gap = re.compile(rf"{beginning}(?= \.\.\. )|(?<= \.\.\. ){end}")
        self._at_end = re.compile(rf"{beginning}\Z")
        self._prefixed = re.compile(rf"({starts}){_TOKEN}", re.IGNORECASE) if starts else None

    def text(self, text: str, *, is_cut: bool = False) -> str:
        """Return a text without credentials, and without the beginning of a key at the end of a text that is cut."""
        text = self._at_gap.sub(REDACTED, self._keys.sub(REDACTED, text))
        if is_cut:
            text = self._at_end.sub(REDACTED, text)
        if self._prefixed is not None:
            text = self._prefixed.sub(rf"\1{REDACTED}", text)
        text = _BEARER.sub(rf"\1{REDACTED}", _DOTTED.sub(_without_jwt, text))
        text = _IN_JSON.sub(_without_member, _PAIR.sub(_without_parameter, text))
        return REDACTED if self._keys.search(_decoded(text)) else text

    def body(self, text: str, *, is_cut: bool) -> str:
        """Return a body without credentials. If a member has the name of one, JSON is written anew."""
        if not is_cut:
            with suppress(ValueError, RecursionError):  # `text` finds members of another text by a pattern
                value = json.loads(text)
                known = _without_members(value)
                text = text if known == value else json.dumps(known)
        return self.text(text, is_cut=is_cut)

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


@lru_cache(maxsize=4)
def redactor_of(context: JournalContext) -> Redactor:
    """Return the redactor of a journal."""
    return Redactor(context)
