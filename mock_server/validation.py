"""Validation of requests and responses against the contract's schemas. Validators are compiled once at start."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from mock_server.contract import Contract, ContractError, Operation, Parameter
from mock_server.problems import Problem
from mock_server.urls import parse_query

MAX_DEPTH = 64
MAX_INT64 = 2**63 - 1
MAX_MESSAGE = 300
_DOCUMENT = "urn:contract"
_INTEGER = re.compile(r"-?[0-9]{1,19}")


class ContractBreachError(Exception):
    """A response breaks the contract; the message names the schema path."""


class Validation:
    """The compiled validators of a contract."""

    def __init__(self, contract: Contract) -> None:
        """Compile every schema; raises ContractError if one cannot be compiled."""
        try:
            self._registry = jsonschema_rs.Registry([(_DOCUMENT, dict(contract.document))])
            self._compiled = {pointer: self._compile(pointer) for pointer in _schema_pointers(contract)}
        except (ValueError, TypeError) as error:
            raise ContractError(f"the contract has a bad schema: {_one_line(error)}") from None

    def _compile(self, pointer: str) -> jsonschema_rs.Draft202012Validator:
        reference = {"$ref": f"{_DOCUMENT}#{quote(pointer)}"}
        return jsonschema_rs.Draft202012Validator(reference, registry=self._registry, validate_formats=True)

    def path_values(self, operation: Operation, values: Iterable[str]) -> None:
        """Check the values of the path parameters; raises a 400 Problem."""
        for parameter, value in zip(operation.path_parameters, values, strict=True):
            self._check(parameter.pointer, value, parameter.name)

    def query(self, operation: Operation, text: str) -> dict[str, Any]:
        """Return the operation's query parameters with their defaults; raises a 400 Problem.

        Undeclared parameters are ignored. A repeated parameter is refused.
        """
        given = parse_query(text)
        values: dict[str, Any] = {}
        for parameter in operation.query_parameters:
            found = [value for name, value in given if name == parameter.name]
            if len(found) > 1:
                raise Problem(HTTPStatus.BAD_REQUEST, f"{parameter.name}: given more than once")
            if found:
                values[parameter.name] = self._parameter(parameter, found[0])
            elif "default" in parameter.schema:
                values[parameter.name] = parameter.schema["default"]
            elif parameter.required:
                raise Problem(HTTPStatus.BAD_REQUEST, f"{parameter.name}: required")
        return values

    def _parameter(self, parameter: Parameter, text: str) -> Any:
        value: Any = text
        if parameter.schema.get("type") == "integer":
            if not _INTEGER.fullmatch(text) or abs(int(text)) > MAX_INT64:
                raise Problem(HTTPStatus.BAD_REQUEST, f"{parameter.name}: not a 64-bit integer")
            value = int(text)
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
            raise Problem(HTTPStatus.BAD_REQUEST, _explain(validator, value, where))

    def response(self, operation: Operation, status: int, body: Any) -> None:
        """Check a response body; raises ContractBreachError if the contract does not allow it."""
        declared = operation.responses.get(status)
        if declared is None or declared.pointer is None:
            raise ContractBreachError(f"{operation.id} declares no JSON body for {status}")
        validator = self._compiled[declared.pointer]
        if validator.is_valid(body):
            return
        error = next(validator.iter_errors(body))
        path = "/".join(str(part) for part in error.schema_path)
        raise ContractBreachError(f"{operation.id} {status} breaks {path}: {error.message[:MAX_MESSAGE]}")


def _schema_pointers(contract: Contract) -> set[str]:
    pointers: set[str | None] = set()
    for operation in contract.operations.values():
        pointers.add(operation.body_pointer)
        pointers.update(parameter.pointer for parameter in operation.path_parameters + operation.query_parameters)
        pointers.update(response.pointer for response in operation.responses.values())
    return {pointer for pointer in pointers if pointer is not None}


def _explain(validator: jsonschema_rs.Draft202012Validator, value: Any, where: str) -> str:
    error = next(validator.iter_errors(value))
    path = ".".join([where, *(str(part) for part in error.instance_path)])
    return f"{path}: {error.message}"[:MAX_MESSAGE]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:MAX_MESSAGE]


def decode_json(raw: bytes) -> Any:
    """Return the value of a JSON text (RFC 8259) in UTF-8; raises a 400 Problem.

    More than MAX_DEPTH levels, numbers outside the range of a double, and lone surrogates are also refused.
    """
    try:
        text = raw.decode()
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
            raise Problem(HTTPStatus.BAD_REQUEST, f"JSON is nested deeper than {MAX_DEPTH} levels")
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "Invalid JSON") from None
    return value


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)


def _depth(text: str) -> int:
    deepest = depth = 0
    for character in _STRING.sub("", text):
        if character in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}]":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large for a double")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
