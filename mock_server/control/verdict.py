"""The contract's verdict on a request, and why the mock refused it.

The verdict is `ok` if the request keeps to the contract: path, method, credential, parameters and body. A unit that
does not exist or a name that is taken is no breach: the contract says what happens then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from mock_server.contract.document import Contract, Operation, Parameter, follow
from mock_server.contract.pointers import escape, pointer_of
from mock_server.contract.validation import MAX_MESSAGE, decode_json, parameter_value
from mock_server.control.journal import Exchange, JournalContext
from mock_server.cors import is_preflight
from mock_server.problems import Problem, phrase
from mock_server.urls import environ_name, parse_query, percent_decode

_MOST_PROBLEMS = 20
_STATES = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}
"""Refusals that depend on what is stored."""


@dataclass
class Verdict:
    """What a request breaks, why it was refused, and what may surprise its sender."""

    operation: Operation | None = None
    explanation: str = ""
    problems: list[dict[str, str]] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """Return the form of control's document."""
        problems = self.problems[:_MOST_PROBLEMS]
        return {"ok": not problems, "explanation": self.explanation, "problems": problems, "hints": self.hints}

    def add(self, place: str, pointer: str, message: str, schema: str = "") -> None:
        """Add a breach: which part of the request, where in it, how, and the place in the contract."""
        self.problems.append({"in": place, "pointer": pointer, "message": message, "schema": schema})


def verdict(exchange: Exchange) -> Verdict:
    """Judge a recorded request by the contract that was in force."""
    found = Verdict()
    context, path, query = exchange.context, _path(exchange), exchange.target.partition("?")[2]
    _check_origin(found, exchange)
    if _is_preflight(exchange):
        found.explanation = "A browser asks whether a page of another origin may send a request."
        return found
    found.operation, values = _match(found, context.contract, exchange.method, path)
    if found.operation is not None:
        if exchange.refuses_credential and exchange.forced is None:
            found.add("security", "", exchange.credential_problem, _scheme(context.contract))
        _check_path(found, context, found.operation, values)
        _check_query(found, context, found.operation, query)
        _check_headers(found, context, found.operation, exchange)
        _check_body(found, context, found.operation, exchange)
    elif exchange.refuses_credential:
        found.add("security", "", exchange.credential_problem, _scheme(context.contract))
    _explain(found, exchange, values)
    return found


def _explain(found: Verdict, exchange: Exchange, values: list[str]) -> None:
    """Say why the request was refused, and add a breach that only the operation itself found."""
    status, message, pointer = exchange.refusal or (exchange.status, None, "")
    if exchange.forced is not None:
        found.explanation = f"Forced: {exchange.forced}."
    elif exchange.status < HTTPStatus.BAD_REQUEST:
        return
    elif status == HTTPStatus.BAD_REQUEST and (message or "").startswith("Prefer: "):
        found.add("header", "Prefer", message or "")
    elif status == HTTPStatus.BAD_REQUEST and not found.problems and found.operation is not None:
        found.add("body", pointer, message or phrase(status), f"#{found.operation.pointer}")
    elif status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE):
        found.add("body", "", message or phrase(status))
    elif status in _STATES and found.operation is not None and not found.problems:
        identifiers = ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
        said = message or phrase(status)
        found.explanation = f"{said}: {identifiers}." if identifiers else f"{said}."
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        found.explanation = "The mock failed; its standard error says why."
    if not found.explanation and found.problems:
        found.explanation = found.problems[0]["message"]


def _path(exchange: Exchange) -> str:
    """Return the path as it was sent, below the place of the sandbox."""
    path = exchange.target.partition("?")[0]
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    segments = path.split("/")
    del segments[1 : 1 + exchange.mounted_at.count("/")]
    return "/".join(segments)


def _is_preflight(exchange: Exchange) -> bool:
    return is_preflight(exchange.method, {name for name, _ in exchange.fields})


def _check_origin(found: Verdict, exchange: Exchange) -> None:
    fields = dict(exchange.fields)
    origin = fields.get("HTTP_ORIGIN")
    if origin is None or fields.get("HTTP_SEC_FETCH_SITE") == "same-origin":
        return
    if not exchange.context.cross_origin.allows(origin):
        found.hints.append(
            f"Pages of {origin[:200]} may not read the response: start the mock with --cors-origin {origin[:200]}."
        )


def _match(found: Verdict, contract: Contract, method: str, path: str) -> tuple[Operation | None, list[str]]:
    """Return the operation of a path, and the encoded values of its path parameters."""
    methods: dict[str, tuple[Operation, list[str]]] = {}
    for operation in contract.operations.values():
        values = _values(operation.path, path)
        # A path without parameters goes before one with them.
        if values is not None and (operation.method not in methods or not values):
            methods[operation.method] = operation, values
    wanted = "GET" if method == "HEAD" and "HEAD" not in methods else method
    if wanted in methods:
        return methods[wanted]
    if methods:
        allowed = ", ".join(sorted(methods))
        found.add("method", "", f"The contract has no {method} here; it has {allowed}.", "#/paths")
        return None, []
    close = get_close_matches(path, {operation.path for operation in contract.operations.values()}, 1, 0.5)
    nearest = f" The nearest one is {close[0]}." if close else ""
    found.add("path", "", f"The contract has no such path.{nearest}", "#/paths")
    return None, []


def _values(template: str, path: str) -> list[str] | None:
    parts, sent = template.split("/"), path.split("/")
    if len(parts) != len(sent):
        return None
    values = []
    for part, text in zip(parts, sent, strict=True):
        if part.startswith("{"):
            if not text:
                return None
            values.append(text)
        elif part != unquote(text):
            return None
    return values


def _scheme(contract: Contract) -> str:
    schemes = contract.security_schemes
    wanted = contract.security_scheme()
    name = next((name for name, scheme in schemes.items() if scheme == wanted), "")
    return f"#/components/securitySchemes/{escape(name)}"


def _check_path(found: Verdict, context: JournalContext, operation: Operation, values: list[str]) -> None:
    for index, (parameter, value) in enumerate(zip(operation.path_parameters, values, strict=True)):
        try:
            values[index] = percent_decode(value.encode("latin-1"))
            _check_parameter(found, context, parameter, [values[index]], "path")
        except Problem as problem:
            found.add("path", parameter.name, problem.message or "", f"#{parameter.place}")


def _check_query(found: Verdict, context: JournalContext, operation: Operation, query: str) -> None:
    try:
        given = parse_query(query)
    except Problem as problem:
        found.add("query", "", problem.message or "")
        return
    for parameter in operation.query_parameters:
        texts = [value for name, value in given if name == parameter.name]
        if len(texts) > 1 and parameter.type != "array":
            found.add("query", parameter.name, "The parameter is given more than once.", f"#{parameter.place}")
        elif texts:
            _check_parameter(found, context, parameter, texts, "query")
        elif parameter.required:
            found.add("query", parameter.name, "The parameter is required.", f"#{parameter.place}")
    declared = {parameter.name for parameter in operation.query_parameters}
    for name in sorted({name for name, _ in given} - declared):
        found.hints.append(_ignored(f"The query parameter {name[:80]!r}", name, declared))


def _check_headers(found: Verdict, context: JournalContext, operation: Operation, exchange: Exchange) -> None:
    sent = dict(exchange.fields)
    for parameter in operation.header_parameters:
        text = sent.get(environ_name(parameter.name))
        if text is not None:
            _check_parameter(found, context, parameter, [text], "header")
        elif parameter.required:
            found.add("header", parameter.name, "The header is required.", f"#{parameter.place}")


def _check_parameter(
    found: Verdict, context: JournalContext, parameter: Parameter, texts: list[str], place: str
) -> None:
    try:
        value = parameter_value(parameter, texts)
    except ValueError:
        found.add(place, parameter.name, f"The value is not of type {parameter.type}.", f"#{parameter.pointer}/type")
        return
    for error in _errors(context, parameter.pointer, value):
        found.add(place, parameter.name, *error[1:])


def _check_body(found: Verdict, context: JournalContext, operation: Operation, exchange: Exchange) -> None:
    if operation.body_pointer is None:
        if exchange.body:
            found.hints.append("The body is ignored: this operation has none.")
        return
    if exchange.body_bytes > len(exchange.body):
        found.hints.append("The body was too long to keep, so that the journal does not judge it.")
        return
    if not exchange.body:
        if operation.body_required:
            found.add("body", "", "A body is required, and none was sent.", f"#{operation.body_pointer}")
        return
    media_type = dict(exchange.fields).get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        sent = media_type or "none"
        found.hints.append(f"Content-Type is {sent[:80]}: the contract describes application/json.")
    try:
        value = decode_json(exchange.body)
    except Problem as problem:
        found.add("body", "", _why_not_json(exchange.body) or problem.message or "", f"#{operation.body_pointer}")
        return
    for error in _errors(context, operation.body_pointer, value):
        found.add("body", *error)
    for pointer, name, declared in _undeclared(context.contract, operation.body_pointer, value):
        found.hints.append(_ignored(f"The member {name[:80]!r} at {pointer or '/'}", name, declared))


def _why_not_json(body: bytes) -> str:
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return f"This is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
    except (ValueError, RecursionError):
        return ""
    return ""


def _errors(context: JournalContext, pointer: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """Yield pointer, message and place in the contract of each error."""
    for top in context.validation.compiled(pointer).iter_errors(value):
        for error in _innermost(top):
            words = context.validation.in_words(error) or error.message
            yield pointer_of(error.instance_path), words[:MAX_MESSAGE], f"#{pointer_of(error.schema_path)}"


def _innermost(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """Return the errors of the alternative that comes nearest, where none of several schemas fits."""
    branches = getattr(error.kind, "context", None)
    if not branches:
        return [error]
    deepest = max(branches, key=lambda branch: max((len(one.instance_path) for one in branch), default=0))
    found = [inner for one in deepest for inner in _innermost(one)]
    return found if any(len(one.instance_path) > len(error.instance_path) for one in found) else [error]


def _undeclared(contract: Contract, pointer: str, value: Any) -> Iterator[tuple[str, str, set[str]]]:
    """Yield the place and the name of each member that no schema declares, and the declared names."""
    pending = [(pointer, "", value)]
    while pending:
        at, place, part = pending.pop()
        if not isinstance(contract.at(at), Mapping):  # a schema can be true or false
            continue
        schema, at = follow(contract, at)
        properties = schema.get("properties")
        if not properties or not isinstance(part, dict) or "additionalProperties" in schema:
            continue
        for name, member in part.items():
            if name not in properties:
                yield place, name, set(properties)
            else:
                pending.append((f"{at}/properties/{escape(name)}", f"{place}/{escape(name)}", member))


def _ignored(what: str, name: str, declared: set[str]) -> str:
    close = get_close_matches(name, declared, 1)
    return f"{what} is not in the contract and was ignored.{f' Is {close[0]!r} meant?' if close else ''}"
