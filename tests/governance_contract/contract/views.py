"""What the modules of the contract share: errors, JSON pointers and the published view."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

PROVENANCE = "x-provenance"


class ContractError(ValueError):
    """The contract file cannot be used; the message gives the reason."""


def unsupported(pointer: str, keyword: str, reason: str) -> ContractError:
    """Return the error for a part of the contract that the checks do not support: where, which keyword, and why."""
    return ContractError(f"has an unsupported {keyword!r} at {pointer or '/'}: {reason}")


def published_view(node: Any, unpublished: Set[str] = frozenset()) -> Any:
    """Return a copy of a part of the contract without the members that ``x-provenance`` marks.

    ``unpublished`` holds the marks of enclosing objects that point into this part, as JSON pointers without the leading
    slash.
    """
    if isinstance(node, dict):
        marked = {*unpublished, *node.get(PROVENANCE, ())}
        view = {
            key: published_view(value, _below(marked, key))
            for key, value in node.items()
            if escape(key) not in marked and key != PROVENANCE
        }
        if isinstance(view.get("required"), list):  # an unpublished property is not required either
            view["required"] = [name for name in view["required"] if f"properties/{escape(str(name))}" not in marked]
        return view
    if isinstance(node, list):
        return [published_view(item) for item in node]
    return node


def _below(pointers: Set[str], key: str) -> Set[str]:
    """Return the pointers that start with a key, without the key."""
    parent = f"{escape(key)}/"
    return {pointer.removeprefix(parent) for pointer in pointers if pointer.startswith(parent)}


def escape(token: str) -> str:
    """Return a name as a token of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the name that a token of a JSON pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")
