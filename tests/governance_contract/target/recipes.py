"""Recipes of bad credentials: tokens, edits of them, and places to send them in.

A recipe holds no secret, so that a strategy can draw it. ``render`` makes a token from it and the secrets of a run.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from .redaction import SHORTEST_SECRET

MANAGEMENT_KEY = "management_key"
"""The ``source`` of a token that is made from the management key."""
_SWAPPED_CASE = str.maketrans(
    string.ascii_lowercase + string.ascii_uppercase, string.ascii_uppercase + string.ascii_lowercase
)
# Cyrillic letters, as escapes since they look like the Latin ones.
_LOOK_ALIKES = "aceopxyABCEHKM", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0410\u0412\u0421\u0415\u041d\u041a\u041c"
_LETTERS_AND_DIGITS = string.ascii_letters + string.digits
_WIDE = _LETTERS_AND_DIGITS, "".join(chr(ord(character) + 0xFEE0) for character in _LETTERS_AND_DIGITS)
_HOW: Mapping[str, tuple[Callable[[str], str], str]] = {
    "case": (lambda character: character.translate(_SWAPPED_CASE), "tr a-zA-Z A-Za-z"),
    "look-alike": (
        lambda character: character.translate(str.maketrans(*_LOOK_ALIKES)),
        "sed 'y/{}/{}/'".format(*_LOOK_ALIKES),
    ),
    "wide": (lambda character: character.translate(str.maketrans(*_WIDE)), "sed 'y/{}/{}/'".format(*_WIDE)),
    "separator": (lambda character: character.translate(str.maketrans("-_", "_-")), "tr -- -_ _-"),
    "percent": (
        lambda character: "".join(f"%{byte:02x}" for byte in character.encode()),
        "od -An -v -tx1 | tr -d '\\n' | tr ' ' %",
    ),
}
"""Changes of single characters, and the shell command that makes each."""


@dataclass(frozen=True)
class Edit:
    """A change of a token. Positions count from the start, or from the end if they are negative."""

    kind: Literal["insert", "delete", "replace", "swap", "repeat", "case", "look-alike", "wide", "separator", "percent"]
    at: int = 0
    length: int = 1
    """The number of characters that change."""
    text: str = ""
    """What is inserted, or replaces the characters."""


@dataclass(frozen=True)
class Token:
    """A token: a secret of the run by its name, or a made-up text, with edits."""

    source: str
    """``MANAGEMENT_KEY``, a key of the contract's ``x-refused-credentials``, or an empty string."""
    text: str | None = None
    """The token, if it is made up."""
    edits: tuple[Edit, ...] = ()
    encoding: Literal["", "base64", "user", "password"] = ""
    """How it is encoded: in base64, alone or as the user name or password of Basic authentication."""


@dataclass(frozen=True)
class Place:
    """Where a token is sent, and the text before it, such as a scheme."""

    kind: Literal["header", "query", "cookie", "body"]
    name: str
    before: str = ""


@dataclass(frozen=True)
class Recipe:
    """A token in a place."""

    token: Token
    place: Place

    @property
    def is_authorization(self) -> bool:
        """Whether the place is the Authorization header."""
        return self.place.kind == "header" and self.place.name.lower() == "authorization"

    def describe(self) -> str:
        """Return a description without secrets."""
        name = self.token.source.replace("_", " ") or "token"
        what = f"a made-up {name}" if self.token.text is not None else f"the {name}"
        edited = f" with edits ({', '.join(edit.kind for edit in self.token.edits)})" if self.token.edits else ""
        encoded = f" in base64 ({self.token.encoding})" if self.token.encoding else ""
        before = f" after {self.place.before.strip()!r}" if self.place.before else ""
        return f"{what}{edited}{encoded} in {self.place.kind} {self.place.name}{before}"


@dataclass(frozen=True)
class Secret:
    """A token of the run and the environment variable that holds it."""

    value: str
    variable: str


@dataclass(frozen=True)
class RenderedToken:
    """The text of a token as it is sent, and the same for a command line, with variables in place of secrets."""

    value: str
    shell: str
    discloses: bool = False
    """Whether the text discloses a secret."""


@dataclass(frozen=True)
class _Character:
    """A character of a token, where it is in a secret, and how it was changed."""

    text: str
    at: int | None = None
    how: tuple[str, ...] = field(default=())


def render(token: Token, secret: Secret | None) -> RenderedToken:
    """Make a token.

    Args:
        token: the token.
        secret: the secret that it is made from; None if the token is made up.
    """
    if secret is None:
        characters = [_Character(character) for character in token.text or ""]
    else:
        characters = [_Character(character, at) for at, character in enumerate(secret.value)]
    for edit in token.edits:
        characters = _edited(characters, edit)
    text = "".join(character.text for character in characters)
    if secret is not None and token.edits and text.strip(" \t") == secret.value.strip(" \t"):
        characters.append(_Character("x"))  # the edit made no difference
        text += "x"
    shell = _shell(characters, secret)
    discloses = sum(character.at is not None for character in characters) >= SHORTEST_SECRET
    if token.encoding:
        before, after = {"base64": ("", ""), "user": ("", ":"), "password": ("admin:", "")}[token.encoding]
        text = base64.b64encode(f"{before}{text}{after}".encode()).decode()
        shell = f'$(printf %s "{before}{shell}{after}" | base64 -w0)'
    return RenderedToken(text, shell, discloses)


def _edited(characters: Sequence[_Character], edit: Edit) -> list[_Character]:
    """Return the characters of a token after an edit."""
    at = min(edit.at, len(characters)) if edit.at >= 0 else max(0, len(characters) + 1 + edit.at)
    if edit.kind != "insert":
        at = min(at, max(0, len(characters) - 1))
    before, part, after = characters[:at], characters[at : at + edit.length], characters[at + edit.length :]
    text = [_Character(character) for character in edit.text]
    match edit.kind:
        case "insert":
            return [*before, *text, *part, *after]
        case "delete":
            return [*before, *after]
        case "replace":
            return [*before, *text, *after]
        case "swap":
            return [*before, *after[:1], *part, *after[1:]]
        case "repeat":
            return [*before, *part, *part, *after]
    return [*before, *(_changed(character, edit.kind) for character in part), *after]


def _changed(character: _Character, how: str) -> _Character:
    change, _ = _HOW[how]
    return replace(character, text=change(character.text), how=() if character.at is None else (*character.how, how))


def _shell(characters: Sequence[_Character], secret: Secret | None) -> str:
    """Return the text of a token for a command line: slices of a variable, changed by commands, and literal text."""
    written = []
    # Characters that follow each other in the secret have the same difference between their two positions.
    for (offset, how), group in groupby(
        enumerate(characters), lambda one: (None if one[1].at is None else one[0] - one[1].at, one[1].how)
    ):
        part = [character for _, character in group]
        if secret is None or offset is None or part[0].at is None:
            written.append("".join(character.text for character in part))
            continue
        whole = len(part) == len(secret.value)
        piece = f"${{{secret.variable}}}" if whole else f"${{{secret.variable}:{part[0].at}:{len(part)}}}"
        commands = " | ".join(_HOW[one][1] for one in how)
        written.append(f'$(printf %s "{piece}" | {commands})' if commands else piece)
    return "".join(written)
