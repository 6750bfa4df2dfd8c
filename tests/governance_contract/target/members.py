"""The members of responses that say whether something changed.

A target may add members that the contract does not name, such as an id of the request. Such a member is compared only
if two reads in a row showed the same value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Members:
    """The names of members that are compared."""

    def __init__(self) -> None:
        """Compare every member, until a contract is known."""
        self._declared: frozenset[str] | None = None
        self.stable: set[str] = set()
        """The names of the undeclared members that are compared."""

    def compare_declared(self, schemas: Mapping[str, Any]) -> None:
        """Compare the members that the schemas of a contract declare."""
        self._declared = frozenset(_properties(schemas))
        self.stable = set()

    def are_compared(self, name: str) -> bool:
        """Whether members of a name are compared."""
        return self._declared is None or name in self._declared or name in self.stable

    def undeclared_in(self, value: Any) -> dict[str, list[Any]]:
        """Return the undeclared members of a JSON value, by name, each with its values."""
        values_by_name: dict[str, list[Any]] = {}
        for name, member in _members(value):
            if self._declared is not None and name not in self._declared:
                values_by_name.setdefault(name, []).append(member)
        return values_by_name

    def learn(self, first: Any, second: Any) -> None:
        """Also compare the undeclared members that are equal in two reads in a row."""
        earlier, later = self.undeclared_in(first), self.undeclared_in(second)
        self.stable |= {name for name, values in earlier.items() if later.get(name) == values}


def _properties(node: Any) -> Iterator[str]:
    for name, value in node.items() if isinstance(node, Mapping) else ():
        if name == "properties" and isinstance(value, Mapping):
            yield from value
        yield from _properties(value)
    for value in node if isinstance(node, list) else ():
        yield from _properties(value)


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    for name, item in value.items() if isinstance(value, Mapping) else ():
        yield name, item
        yield from _members(item)
    for item in value if isinstance(value, list) else ():
        yield from _members(item)
