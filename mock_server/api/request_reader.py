"""The parts of a request: their values, and what they break of the contract.

The API, control and the journal read requests with it. The first two refuse a request at its first breach; the journal
lists all of them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_server.contract.document import Operation, Parameter
from mock_server.contract.pointers import pointer_of
from mock_server.contract.validation import Validation, brief
from mock_server.problems import Problem
from mock_server.urls import parse_query
from mock_server.wsgi import environ_name

MAX_DEPTH = 64
_MAX_INT64 = 2**63 - 1
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]{1,100}(?:\.[0-9]{1,100})?(?:[eE][-+]?[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Breach:
    """What a part of a request breaks of the contract."""

    part: str
    """The part: `path`, `query`, `header` or `body`; in the journal also `method` and `security`."""
    path: tuple[str | int, ...]
    """The name of the parameter, or the place in the body."""
    message: str
    """What is wrong, without the place."""
    schema: str = ""
    """The place in the contract, as the fragment of a URI; empty if there is none."""

    @property
    def pointer(self) -> str:
        """The place in the part: a JSON pointer in a body, or else the name of the parameter."""
        return pointer_of(self.path) if self.part == "body" else "".join(map(str, self.path))

    @property
    def sentence(self) -> str:
        """What is wrong, after the place."""
        where = ("body", *self.path) if self.part == "body" else self.path
        return brief(": ".join([".".join(map(str, where)), self.message]) if where else self.message)


OnBreach = Callable[[Breach], None]
"""Receives each breach. It may raise an exception, which ends the reading."""


class RequestReader:
    """Reads the parts of requests."""

    def __init__(self, validation: Validation, on_breach: OnBreach) -> None:
        """Read with the validators of a contract."""
        self._validation, self._on_breach = validation, on_breach

    def path(self, operation: Operation, values: Iterable[str]) -> None:
        """Check the decoded values of the path parameters."""
        for parameter, value in zip(operation.path_parameters, values, strict=True):
            self._parameter("path", parameter, [value])

    def headers(self, operation: Operation, environ: Mapping[str, Any]) -> None:
        """Check the header parameters in a WSGI environment."""
        for parameter in operation.header_parameters:
            text = environ.get(environ_name(parameter.name))
            if text is not None:
                self._parameter("header", parameter, [text])
            elif parameter.required:
                self._report("header", parameter, "required")

    def query(self, operation: Operation, text: str) -> dict[str, Any]:
        """Return the query parameters with their defaults; raises a 400 Problem if the percent-encoding is broken.

        Undeclared parameters are left out. A parameter may be repeated if it is an array.
        """
        parsed = parse_query(text)
        values: dict[str, Any] = {}
        for parameter in operation.query_parameters:
            texts = [value for name, value in parsed if name == parameter.name]
            if len(texts) > 1 and parameter.type != "array":
                self._report("query", parameter, "given more than once")
            elif texts:
                values[parameter.name] = self._parameter("query", parameter, texts)
            elif "default" in parameter.schema:
                values[parameter.name] = parameter.schema["default"]
            elif parameter.required:
                self._report("query", parameter, "required")
        return values

    def body(self, operation: Operation, raw: bytes) -> Any:
        """Return the decoded body, or None if there is none; raises a 400 Problem if it is not JSON."""
        pointer = operation.body_pointer
        if pointer is None or not (raw or operation.body_required):
            return None
        value = decode_json(raw)
        for error in self._validation.errors(pointer, value):
            self._on_breach(Breach("body", *error))
        return value

    def _parameter(self, part: str, parameter: Parameter, texts: Sequence[str]) -> Any:
        try:
            value = parameter_value(parameter, texts)
        except ValueError:
            self._report(part, parameter, f"not of type {parameter.type}", f"{parameter.schema_pointer}/type")
            return None
        for error in self._validation.errors(parameter.schema_pointer, value):
            self._on_breach(Breach(part, (parameter.name, *error.path), error.message, error.schema))
        return value

    def _report(self, part: str, parameter: Parameter, message: str, pointer: str | None = None) -> None:
        self._on_breach(Breach(part, (parameter.name,), message, f"#{pointer or parameter.pointer}"))


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
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "Invalid JSON") from error
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
