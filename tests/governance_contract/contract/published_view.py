"""The published view: the contract without what is not on the published page."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from .pointers import escape

PROVENANCE = "x-provenance"
"""The member that marks what is not published."""


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
