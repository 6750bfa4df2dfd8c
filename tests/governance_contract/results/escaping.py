"""Makes text from a target harmless: for every output, and for the logs of CI servers. It imports nothing large."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Control characters can control a terminal and are not allowed in XML. Bidirectional controls change the order in which
# a text is read. Surrogates cannot be encoded. Line feed and tab are allowed.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
# CI servers obey commands in a log: GitHub `::error` at the start of a line and `##[error]` anywhere, Azure `##vso[`,
# TeamCity `##teamcity[`.
_COMMAND = re.compile(r"#(?=#[A-Za-z]*\[)|^\s*:(?=:)", re.MULTILINE)


def harmless(value: Any) -> Any:
    """Return a JSON value with control characters and similar ones escaped, such as ``\\x1b``."""
    return with_texts(value, _harmless_text)


def harmless_in_log(value: Any) -> Any:
    """Return a JSON value as ``harmless`` does, with commands to CI servers escaped too."""
    return with_texts(value, lambda text: _COMMAND.sub(_escape_last, _harmless_text(text)))


def one_line(text: str) -> str:
    """Return a text of one line, for a log: line breaks become blanks."""
    cleaned: str = harmless_in_log(" ".join(text.split("\n")))
    return cleaned


def _harmless_text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text  # most texts; a report has thousands
    return _HARMFUL.sub(lambda match: _escape(ord(match.group())), text)


def _escape_last(match: re.Match[str]) -> str:
    """Escape the last character of a match, which makes a command of it."""
    return match.group()[:-1] + _escape(ord(match.group()[-1]))


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def encodable(value: Any) -> Any:
    """Return a JSON value with lone surrogates escaped, since UTF-8 cannot encode them."""
    return with_texts(value, lambda text: text.encode("utf-8", "backslashreplace").decode("utf-8"))


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with a change of every text in it, including the names of members."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(name): with_texts(member, change) for name, member in value.items()}
    if isinstance(value, Sequence):
        return [with_texts(item, change) for item in value]
    return value
