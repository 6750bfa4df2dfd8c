"""Validation of values against the schemas of a document. Validators are compiled once at start."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import jsonschema_rs

from mock_server.contract.document import Contract, ContractError, Operation
from mock_server.contract.pointers import pointer_of

MAX_MESSAGE = 300
_DOCUMENT = "urn:contract"


class ResponseBreachError(Exception):
    """A value breaks the contract: where, which keyword, and how."""

    def __init__(self, pointer: str, keyword: str, reason: str) -> None:
        """Name the schema that the value breaks, and its keyword."""
        super().__init__(f"{reason} ({keyword!r} at {pointer})")
        self.pointer, self.keyword, self.reason = pointer, keyword, reason


class SchemaError(NamedTuple):
    """What a value breaks of a schema."""

    path: tuple[str | int, ...]
    """The place in the value."""
    message: str
    schema: str
    """The place in the contract, as the fragment of a URI."""


class Validation:
    """The compiled validators of a contract."""

    def __init__(self, contract: Contract) -> None:
        """Compile every schema; raises ContractError if one cannot be compiled."""
        self.document = contract.document
        try:
            self._registry = jsonschema_rs.Registry([(_DOCUMENT, dict(contract.document))])
            self._compiled = {pointer: self._compile(pointer) for pointer in _schema_pointers(contract)}
        except (ValueError, TypeError) as error:
            raise ContractError(f"the contract has a bad schema: {_one_line(error)}") from None

    def compiled(self, pointer: str) -> jsonschema_rs.Draft202012Validator:
        """Return the validator of the schema at a pointer, compiled when it is first needed."""
        if pointer not in self._compiled:
            self._compiled[pointer] = self._compile(pointer)
        return self._compiled[pointer]

    def _compile(self, pointer: str) -> jsonschema_rs.Draft202012Validator:
        reference = {"$ref": f"{_DOCUMENT}#{quote(pointer)}"}
        return jsonschema_rs.Draft202012Validator(reference, registry=self._registry, validate_formats=True)

    def errors(self, pointer: str, value: Any) -> Iterator[SchemaError]:
        """Yield what a value breaks of the schema at a pointer, the nearest alternative where none of several fits."""
        validator = self.compiled(pointer)
        if validator.is_valid(value):
            return
        for error in validator.iter_errors(value):
            by_path: dict[tuple[str | int, ...], list[jsonschema_rs.ValidationError]] = {}
            for inner in _nearest(error):
                by_path.setdefault(tuple(inner.instance_path), []).append(inner)
            for path, at_path in by_path.items():
                place = f"#{pointer_of(at_path[0].schema_path)}"
                yield SchemaError(path, brief("; ".join(map(self._words, at_path))), place)

    def _words(self, error: jsonschema_rs.ValidationError) -> str:
        """Return what is wrong: the message of the validator, or a clearer one.

        A client cannot read a long pattern. The first sentence of the description beside it says what is allowed, and
        the description of several schemas says what they are for.
        """
        *path, keyword = error.schema_path
        kind: Any = error.kind
        value: Any = error.instance
        if keyword == "exclusiveMinimum":
            return f"must be greater than {kind.limit}"
        if keyword == "dependentRequired":
            needing = (name for name, needed in self._at(path)[keyword].items() if kind.property in needed)
            return f"{next(name for name in needing if name in value)} needs {kind.property}"
        if keyword not in ("pattern", "oneOf", "anyOf"):
            return error.message
        description = " ".join(str(self._at(path).get("description", "")).split())
        if keyword == "pattern" and description:
            text, sentence = json.dumps(value, ensure_ascii=False), description.partition(". ")[0]
            return f"{text} is not allowed. {sentence.removesuffix('.')}."
        return description or error.message

    def _at(self, path: Sequence[str | int]) -> Any:
        node: Any = self.document
        for part in path:
            node = node[part]
        return node

    def response(self, operation: Operation, status: int, body: Any) -> None:
        """Check a response body; raises ResponseBreachError if the contract does not allow it."""
        declared = operation.response(status)
        if declared is None or declared.schema_pointer is None:
            raise ResponseBreachError(operation.pointer, "responses", f"no JSON body for {status}")
        self.value(declared.schema_pointer, body, f"{operation.id} {status}")

    def value(self, pointer: str, value: Any, what: str) -> None:
        """Check a value against the schema at a pointer; raises ResponseBreachError with the keyword that it breaks."""
        validator = self._compiled[pointer]
        if validator.is_valid(value):
            return
        error = next(validator.iter_errors(value))
        *path, keyword = error.schema_path
        at = pointer_of(path)
        where = ".".join([what, *(str(token) for token in error.instance_path)])
        raise ResponseBreachError(at, str(keyword), f"{where}: {brief(error.message)}")

    def allows(self, pointer: str, value: Any) -> bool:
        """Whether a value satisfies the schema at a pointer."""
        return bool(self._compiled[pointer].is_valid(value))


def _schema_pointers(contract: Contract) -> set[str]:
    pointers: set[str | None] = set()
    for operation in contract.operations.values():
        pointers.add(operation.body_pointer)
        parameters = operation.path_parameters + operation.query_parameters + operation.header_parameters
        pointers.update(parameter.schema_pointer for parameter in parameters)
        pointers.update(response.schema_pointer for response in operation.responses.values())
    return {pointer for pointer in pointers if pointer is not None}


def brief(text: str) -> str:
    """Return a message with at most MAX_MESSAGE characters: a long value in it is cut, and not the reason after it."""
    return text if len(text) <= MAX_MESSAGE else f"{text[:100]} ... {text[105 - MAX_MESSAGE :]}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:MAX_MESSAGE]


def _nearest(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """Return the errors of the alternative that a value means, if none of several schemas fits.

    This is the one that it chooses by a constant, such as `distribution: fixed`, or whose error is the deepest.
    """
    branches = getattr(error.kind, "context", None)
    if not branches:
        return [error]
    chosen = [branch for branch in branches if not any("const" in inner.schema_path for inner in branch)]
    if len(chosen) < len(branches):
        return [nearest for inner in chosen[0] for nearest in _nearest(inner)] if len(chosen) == 1 else [error]
    deepest = max(branches, key=lambda branch: max((len(inner.instance_path) for inner in branch), default=0))
    errors = [nearest for inner in deepest for nearest in _nearest(inner)]
    return errors if any(len(inner.instance_path) > len(error.instance_path) for inner in errors) else [error]
