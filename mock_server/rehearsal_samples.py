"""Request bodies and queries that the contract allows, at the bounds of their schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mock_server.contract.document import Contract, Operation, follow
from mock_server.contract.pointers import escape
from mock_server.contract.validation import Validation

_ANY_TYPE: tuple[Any, ...] = (False, True, 1, 0, 1.5, 2**63, 10**30, "x", "", None, [], {})
_EXCLUSIVE = (("exclusiveMinimum", 1), ("exclusiveMaximum", -1))
_LONGEST_TEXT = 10_000  # characters
Path = tuple[str, ...]


class Sample(NamedTuple):
    """A value, and the place and the keyword in the contract that allow it; both are empty for a usual value."""

    value: Any
    pointer: str = ""
    keyword: str = ""


class Samples:
    """The requests to rehearse for one operation."""

    def __init__(self, contract: Contract, validation: Validation, operation: Operation) -> None:
        """Prepare the samples of an operation."""
        self._contract, self._validation, self._operation = contract, validation, operation

    def bodies(self) -> Iterator[Sample]:
        """Yield a usual body, then bodies that differ from it in one member: absent, or at a bound of its schema."""
        pointer = self._operation.body_pointer
        if pointer is None:
            yield Sample(None)
            return
        members = list(self._members(pointer, ()))
        usual: Any = dict.fromkeys(follow(self._contract, pointer)[0].get("required", ()), "x")
        for path, leaf, is_object in members:
            value = {} if is_object else next(self._usual(leaf, path), None)
            usual = _replaced(usual, path, value)
        candidates = [Sample(usual, pointer, "properties")]
        for path, leaf, _ in members:
            parent = leaf.rpartition("/properties/")[0]
            candidates.append(Sample(_without(usual, path), parent, "required"))
            candidates += [Sample(_replaced(usual, path, value), leaf, "type") for value in self._extreme(leaf)]
        candidates += [Sample(value, pointer, "type") for value in _ANY_TYPE]
        yield from (candidate for candidate in candidates if self._validation.allows(pointer, candidate.value))

    def queries(self) -> Iterator[Sample]:
        """Yield a usual query, then queries in which one number is at a bound of its schema."""
        parameters = self._operation.query_parameters
        numbers = [parameter for parameter in parameters if parameter.type == "integer"]
        usual = {
            number.name: number.schema["default"]
            if "default" in number.schema
            else next(self._extreme(number.schema_pointer), 1)
            for number in numbers
        }
        yield Sample(usual)
        for number in numbers:
            for value in self._extreme(number.schema_pointer):
                # A request cannot have 3.0.
                yield Sample({**usual, number.name: int(value)}, number.schema_pointer, "schema")

    def _members(self, pointer: str, path: Path) -> Iterator[tuple[Path, str, bool]]:
        """Yield path, schema and whether it is an object, for each member of the schema at a pointer."""
        schema, pointer = follow(self._contract, pointer)
        for name in schema.get("properties", {}):
            place = f"{pointer}/properties/{escape(name)}"
            member, _ = follow(self._contract, place) if isinstance(self._contract.at(place), Mapping) else ({}, "")
            yield (*path, name), place, "properties" in member
            if "properties" in member:
                yield from self._members(place, (*path, name))

    def _usual(self, pointer: str, path: Path) -> Iterator[Any]:
        """Yield values that the schema at a pointer allows: those of examples, or else those at its bounds."""
        candidates = [value for body in self._operation.body_examples.values() for value in _at(body, path)]
        for schema in self._branches(pointer):
            candidates += [*schema.get("examples", []), *schema.get("enum", [])]
            candidates += [schema[keyword] for keyword in ("const", "default") if keyword in schema]
        allowed = self._validation.compiled(pointer)
        yield from (value for value in candidates if allowed.is_valid(value))
        yield from self._extreme(pointer)

    def _extreme(self, pointer: str) -> Iterator[Any]:
        """Yield values at the bounds of the schema at a pointer, and one of each JSON type that it allows."""
        candidates: list[Any] = []
        for schema in self._branches(pointer):
            candidates += [schema[keyword] for keyword in ("minimum", "maximum") if keyword in schema]
            candidates += [schema[keyword] + step for keyword, step in _EXCLUSIVE if keyword in schema]
            # JSON Schema counts 255.0 as an integer.
            lengths = [int(schema[keyword]) for keyword in ("minLength", "maxLength") if keyword in schema]
            candidates += ["x" * min(length, _LONGEST_TEXT) for length in lengths]
        allowed = self._validation.compiled(pointer)
        written = {json.dumps(value): value for value in (*candidates, *_ANY_TYPE)}
        yield from (value for value in written.values() if allowed.is_valid(value))

    def _branches(self, pointer: str) -> Iterator[Mapping[str, Any]]:
        """Yield the schema at a pointer and those that it combines."""
        if not isinstance(self._contract.at(pointer), Mapping):
            return
        schema, pointer = follow(self._contract, pointer)
        yield schema
        for keyword in ("allOf", "anyOf", "oneOf"):
            for index in range(len(schema.get(keyword, ()))):
                yield from self._branches(f"{pointer}/{keyword}/{index}")


def _at(node: Any, path: Path) -> list[Any]:
    """Return the value at a path in a list; empty if there is none."""
    for name in path:
        if not isinstance(node, Mapping) or name not in node:
            return []
        node = node[name]
    return [node]


def _replaced(body: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    name, *rest = path
    return {**body, name: _replaced(body.get(name, {}), tuple(rest), value)}


def _without(body: Any, path: Path) -> Any:
    name, *rest = path
    if not rest:
        return {key: value for key, value in body.items() if key != name}
    return {**body, name: _without(body[name], tuple(rest))}
