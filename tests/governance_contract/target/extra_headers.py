"""Header fields that the user adds to every request, for a proxy in front of the target."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .redaction import CONCEALED

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_OWN = {"authorization", "content-type", "content-length", "transfer-encoding", "connection", "accept-encoding"}


@dataclass(frozen=True)
class ExtraHeaders:
    """The fields as they are sent, and as a command line shows them."""

    sent: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        """The values, which may admit to the proxy."""
        return [part for value in self.sent.values() for part in (value, *value.split())]


def parse_headers(texts: Iterable[str], environment: Mapping[str, str]) -> ExtraHeaders:
    """Return the header fields of ``Name: value`` texts. ``$NAME`` in a value stands for an environment variable.

    Raises:
        ValueError: a text has another form, the checks set the field themselves, or a variable is not set.
    """
    sent, shown = {}, {}
    for text in texts:
        name, colon, value = text.partition(":")
        value = value.strip()
        if not (colon and _TOKEN.fullmatch(name)):
            raise ValueError("--header needs the form 'Name: value'")  # without the text, which may be secret
        if name.lower() in _OWN:
            raise ValueError(f"--header cannot set {name}, which the checks set themselves")
        for match in _VARIABLE.finditer(value):
            if (match[1] or match[2]) not in environment:
                raise ValueError(f"--header {name}: the environment variable {match[1] or match[2]} is not set")
        sent[name] = _VARIABLE.sub(lambda match: environment[match[1] or match[2]], value)
        if any(ord(character) < 32 or ord(character) == 127 for character in sent[name]):
            raise ValueError(f"--header {name}: the value has a control character")
        shown[name] = value if _VARIABLE.search(value) else CONCEALED
    return ExtraHeaders(sent, shown)


def without_value(text: str) -> str:
    """Return a ``Name: value`` text for a command line, without a value that may be secret."""
    return text if _VARIABLE.search(text) else f"{text.partition(':')[0]}: ..."
