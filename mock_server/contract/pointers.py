"""JSON pointers (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterable


def escape(token: str) -> str:
    """Return a name as a token of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def pointer_of(path: Iterable[str | int]) -> str:
    """Return a path in a JSON document as a JSON pointer."""
    return "".join(f"/{escape(str(token))}" for token in path)


def tokens_of(pointer: str) -> list[str]:
    """Return the tokens of a JSON pointer, without their escapes."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
