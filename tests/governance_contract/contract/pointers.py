"""Tokens of JSON pointers (RFC 6901)."""

from __future__ import annotations


def escape(token: str) -> str:
    """Return a name as a token of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the name that a token of a JSON pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")
