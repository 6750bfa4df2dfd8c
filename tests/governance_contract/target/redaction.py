"""Redaction: secrets are replaced in every text that the checks show."""

from __future__ import annotations

import json
import re
from bisect import insort
from collections.abc import Iterable
from urllib.parse import quote

CONCEALED = "[redacted]"
"""What replaces a secret in a text."""
SHORTEST_SECRET = 4
"""Characters. A shorter secret is redacted only as a whole word, since it may be a part of many words."""


_SHORTEST_PART = 8
"""Characters. The beginning of a secret at the end of a shortened text is redacted if it is so long."""
_END_OF_PART = ("", ")", '"', "'", ".", "\n")
"""What follows where a text was shortened; empty at the end of the whole text."""


class Redactor:
    """Replaces secrets in texts, also the beginning of a secret where a text was shortened within it."""

    def __init__(self, values: Iterable[str], public: str = "") -> None:
        """Learn the secrets: the longest one is replaced first, and a very short one only as a whole word.

        Args:
            values: the secrets; each of their spellings in JSON, in a URL and in a header is replaced.
            public: text that is not secret; a secret that is learned later and occurs in it is not redacted.
        """
        forms = {form for value in values if value for form in _spellings(value)}
        short = sorted((form for form in forms if len(form) < SHORTEST_SECRET), key=lambda form: (-len(form), form))
        self._words = re.compile("|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in short)) if short else None
        self._public = public
        self._secrets: dict[str, list[str]] = {}
        """The secrets by their first characters, the longest first. A pattern of thousands would be slow."""
        self._longest = max(map(len, forms), default=0)
        # One search replaces all secrets, so that a learned part of a secret does not hide the whole.
        for form in forms - set(short):
            self._add(form)

    def learn(self, secrets: Iterable[str]) -> None:
        """Also replace further secrets, in each of their spellings."""
        for secret in secrets:
            for form in _spellings(secret):
                if len(form) >= SHORTEST_SECRET and form not in self._public:
                    self._add(form)
                    self._longest = max(self._longest, len(form))

    def _add(self, form: str) -> None:
        known = self._secrets.setdefault(form[:SHORTEST_SECRET], [])
        if form not in known:
            insort(known, form, key=lambda secret: -len(secret))

    def __call__(self, text: str) -> str:
        """Return a text with every secret replaced."""
        text = self._without_secrets(text)
        return self._words.sub(CONCEALED, text) if self._words else text

    def beginning(self, text: str, length: int) -> str:
        """Return at most the first ``length`` characters of a text, with every secret replaced.

        The rest of a long text is not looked at, since a body may have a megabyte.
        """
        looked_at = text[: length + 4 * self._longest]
        shown = self(looked_at)
        if len(looked_at) < len(text) and self._longest:
            # The end may have split a secret, in which another one was replaced by a longer text.
            shown = shown[: -3 * self._longest]
        return shown[:length]

    def _without_secrets(self, text: str) -> str:
        parts, start, at = [], 0, 0
        while at < len(text):
            known = self._secrets.get(text[at : at + SHORTEST_SECRET], ())
            length = max((self._length_of(secret, text, at) for secret in known), default=0)
            if not length:
                at += 1
                continue
            parts += [text[start:at], CONCEALED]
            start = at = at + length
        return "".join([*parts, text[start:]])

    def _length_of(self, secret: str, text: str, at: int) -> int:
        """Return how many characters of a text at a place are a secret, or its beginning in a shortened text."""
        if text.startswith(secret, at):
            return len(secret)
        shown = text[at : at + len(secret)]
        equal = next(
            (n for n, (left, right) in enumerate(zip(secret, shown, strict=False)) if left != right), len(shown)
        )
        is_part = equal >= _SHORTEST_PART and shown[equal : equal + 1] in _END_OF_PART
        return equal if is_part and shown[:equal] not in self._public else 0


def _spellings(value: str) -> set[str]:
    """Return how a value may be written in a URL, in JSON, in a cookie and in a header that was read as Latin-1."""
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    encoded = {quote(value, safe=safe) for safe in ("", "/")}
    return {value, *escaped, *encoded, quote(value, safe="").replace("%20", "+"), value.encode().decode("latin-1")}
