"""Validation of requests and responses against the contract's schemas. Validators are compiled once at start."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from mock_server.contract.document import Contract, ContractError, Operation, Parameter
from mock_server.contract.pointers import pointer_of
from mock_server.problems import Problem
from mock_server.urls import environ_name, parse_query

MAX_DEPTH = 64
MAX_MESSAGE = 300
_DOCUMENT = "urn:contract"
_MAX_INT64 = 2**63 - 1
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]{1,100}(?:\.[0-9]{1,100})?(?:[eE][-+]?[0-9]{1,5})?")


class ContractBreachError(Exception):
    """A value breaks the contract: where, which keyword, and how."""

    def __init__(self, pointer: str, keyword: str, reason: str) -> None:
        """Name the schema that the value breaks, and its keyword."""
        super().__init__(f"{reason} ({keyword!r} at {pointer})")
        self.pointer, self.keyword, self.reason = pointer, keyword, reason


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

    def check_path_values(self, operation: Operation, values: Iterable[str]) -> None:
        """Check the values of the path parameters; raises a 400 Problem."""
        for parameter, value in zip(operation.path_parameters, values, strict=True):
            self._parameter(parameter, [value])

    def query(self, operation: Operation, text: str) -> dict[str, Any]:
        """Return the operation's query parameters with their defaults; raises a 400 Problem.

        Undeclared parameters are ignored. A repeated parameter is refused unless it is an array.
        """
        given = parse_query(text)
        values: dict[str, Any] = {}
        for parameter in operation.query_parameters:
            found = [value for name, value in given if name == parameter.name]
            if len(found) > 1 and parameter.type != "array":
                raise Problem(HTTPStatus.BAD_REQUEST, f"{parameter.name}: given more than once")
            if found:
                values[parameter.name] = self._parameter(parameter, found)
            elif "default" in parameter.schema:
                values[parameter.name] = parameter.schema["default"]
            elif parameter.required:
                raise Problem(HTTPStatus.BAD_REQUEST, f"{parameter.name}: required")
        return values

    def check_headers(self, operation: Operation, environ: Mapping[str, Any]) -> None:
        """Check the header parameters in a WSGI environment; raises a 400 Problem."""
        for parameter in operation.header_parameters:
            text = environ.get(environ_name(parameter.name))
            if text is not None:
                self._parameter(parameter, [text])
            elif parameter.required:
                raise Problem(HTTPStatus.BAD_REQUEST, f"{parameter.name}: required")

    def _parameter(self, parameter: Parameter, texts: Sequence[str]) -> Any:
        """Return the value of a parameter; raises a 400 Problem."""
        try:
            value = parameter_value(parameter, texts)
        except ValueError:
            raise Problem(HTTPStatus.BAD_REQUEST, f"{parameter.name}: not of type {parameter.type}") from None
        self._check(parameter.pointer, value, parameter.name)
        return value

    def body(self, operation: Operation, raw: bytes) -> Any:
        """Return the decoded request body; raises a 400 Problem if it is not JSON or breaks its schema."""
        if operation.body_pointer is None or not (raw or operation.body_required):
            return None
        value = decode_json(raw)
        self._check(operation.body_pointer, value, "body")
        return value

    def _check(self, pointer: str, value: Any, where: str) -> None:
        validator = self._compiled[pointer]
        if not validator.is_valid(value):
            raise Problem(HTTPStatus.BAD_REQUEST, self._explain(validator, value, where))

    def _explain(self, validator: jsonschema_rs.Draft202012Validator, value: Any, where: str) -> str:
        error = next(validator.iter_errors(value))
        path = ".".join([where, *(str(part) for part in error.instance_path)])
        return brief(f"{path}: {self.in_words(error) or error.message}")

    def in_words(self, error: jsonschema_rs.ValidationError) -> str | None:
        """Return a clear sentence for an error; None if the message of the validator is clear.

        A client cannot read a long pattern. The first sentence of the description beside it says what is allowed.
        """
        *path, keyword = error.schema_path
        kind: Any = error.kind
        given: Any = error.instance
        if keyword == "exclusiveMinimum":
            return f"must be greater than {kind.limit}"
        if keyword == "dependentRequired":
            needing = (name for name, needed in self._at(path)[keyword].items() if kind.property in needed)
            return f"{next(name for name in needing if name in given)} needs {kind.property}"
        if keyword != "pattern":
            return None
        sentence, _, _ = self.description(error).partition(". ")
        text = json.dumps(error.instance, ensure_ascii=False)
        return f"{text} is not allowed. {' '.join(sentence.split()).removesuffix('.')}." if sentence else None

    def description(self, error: jsonschema_rs.ValidationError) -> str:
        """Return the description of the schema that a value breaks; empty without one."""
        return str(self._at(list(error.schema_path)[:-1]).get("description", ""))

    def _at(self, path: Sequence[str | int]) -> Any:
        found: Any = self.document
        for part in path:
            found = found[part]
        return found

    def response(self, operation: Operation, status: int, body: Any) -> None:
        """Check a response body; raises ContractBreachError if the contract does not allow it."""
        declared = operation.response(status)
        if declared is None or declared.pointer is None:
            raise ContractBreachError(operation.pointer, "responses", f"no JSON body for {status}")
        self.value(declared.pointer, body, f"{operation.id} {status}")

    def value(self, pointer: str, value: Any, what: str) -> None:
        """Check a value against the schema at a pointer; raises ContractBreachError with the keyword that it breaks."""
        validator = self._compiled[pointer]
        if validator.is_valid(value):
            return
        error = next(validator.iter_errors(value))
        *path, keyword = error.schema_path
        at = pointer_of(path)
        where = ".".join([what, *(str(token) for token in error.instance_path)])
        raise ContractBreachError(at, str(keyword), f"{where}: {brief(error.message)}")

    def allows(self, pointer: str, value: Any) -> bool:
        """Whether a value satisfies the schema at a pointer."""
        return bool(self._compiled[pointer].is_valid(value))


def parameter_value(parameter: Parameter, texts: Sequence[str]) -> Any:
    """Return the value that texts have in a query, a header or a path; raises ValueError if its type is another one.

    An array is repeated in the query, or separated by commas if `explode` is false and in other places.
    """
    if parameter.type == "array":
        parts = texts if parameter.explode else [part for text in texts for part in text.split(",")]
        return [_simple_value(parameter.item_type, part) for part in parts]
    return _simple_value(parameter.type, texts[0])


def _simple_value(kind: str, text: str) -> Any:
    if kind == "integer":
        if not _INTEGER.fullmatch(text) or abs(int(text)) > _MAX_INT64:
            raise ValueError(text)
        return int(text)
    if kind == "number":
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        return _finite(text)
    if kind == "boolean":
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"
    return text


def _schema_pointers(contract: Contract) -> set[str]:
    pointers: set[str | None] = set()
    for operation in contract.operations.values():
        pointers.add(operation.body_pointer)
        parameters = operation.path_parameters + operation.query_parameters + operation.header_parameters
        pointers.update(parameter.pointer for parameter in parameters)
        pointers.update(response.pointer for response in operation.responses.values())
    return {pointer for pointer in pointers if pointer is not None}


def brief(text: str) -> str:
    """Return a message with at most MAX_MESSAGE characters: a long value in it is cut, and not the reason after it."""
    return text if len(text) <= MAX_MESSAGE else f"{text[:100]} ... {text[105 - MAX_MESSAGE :]}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:MAX_MESSAGE]


def decode_json(raw: bytes) -> Any:
    """Return the value of a JSON text (RFC 8259) in UTF-8; raises a 400 Problem.

    More than MAX_DEPTH levels, fractions outside the range of a double, and lone surrogates are also refused.
    """
    try:
        text = raw.decode()
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _is_too_deep(text):
            raise Problem(HTTPStatus.BAD_REQUEST, f"JSON is nested deeper than {MAX_DEPTH} levels")
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "Invalid JSON") from None
    return value


_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # possessive: else 1 MB of text would take 100 MB


def _is_too_deep(text: str) -> bool:
    depth = 0
    for character in _STRING.sub("", text):
        if character in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif character in "}]":
            depth -= 1
    return False


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large for a double")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
