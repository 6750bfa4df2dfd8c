"""The contract's verdict on a request, and why the mock refused it.

The verdict is `ok` if the request keeps to the contract: path, method, credential, parameters and body. A unit that
does not exist or a name that is taken is no breach: the contract says what happens then.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from mock_server.api.cors import is_preflight
from mock_server.api.request_reader import Breach, RequestReader
from mock_server.contract.document import Contract, Operation, follow
from mock_server.contract.pointers import escape, tokens_of
from mock_server.contract.validation import MAX_MESSAGE
from mock_server.control.journal.journal import Exchange
from mock_server.control.journal.redaction import redactor_of
from mock_server.problems import Problem, phrase
from mock_server.urls import parse_query, segment
from mock_server.wsgi import media_type

_MOST_PROBLEMS = 20
_STATES = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}
"""Refusals that depend on what is stored."""


@dataclass
class Verdict:
    """What a request breaks, why it was refused, and what may surprise its sender."""

    operation: Operation | None = None
    explanation: str = ""
    breaches: list[Breach] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """Return the form of control's document."""
        problems = [
            {"in": breach.part, "pointer": breach.pointer, "message": breach.message, "schema": breach.schema}
            for breach in self.breaches[:_MOST_PROBLEMS]
        ]
        return {"ok": not problems, "explanation": self.explanation, "problems": problems, "hints": self.hints}


def verdict(exchange: Exchange) -> Verdict:
    """Judge a recorded request by the contract that was in force."""
    result = Verdict()
    context = exchange.context
    _check_origin(result, exchange)
    if _is_preflight(exchange):
        result.explanation = "A browser asks whether a page of another origin may send a request."
        return result
    values: Sequence[str] = exchange.path_values
    if exchange.refuses_credential:  # the credential is checked before anything else
        result.breaches.append(Breach("security", (), exchange.why_refused, _scheme(context.contract)))
    if exchange.operation_id is None:
        result.breaches.append(_unrouted(exchange))
    else:
        result.operation = context.contract.operations[exchange.operation_id]
    if result.operation is not None:
        reader = RequestReader(context.validation, result.breaches.append)
        values = _decoded_path(result, reader, result.operation, values)
        _check_query(result, reader, result.operation, exchange)
        reader.headers(result.operation, dict(exchange.fields))
        if exchange.refusal is None or exchange.refusal.usual_status != HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
            _check_body(result, reader, result.operation, exchange)
    _explain(result, exchange, values)
    return result


def _explain(result: Verdict, exchange: Exchange, values: Sequence[str]) -> None:
    """Say why the request was refused, and add a breach that only the operation itself found."""
    status, message, pointer = exchange.refusal or (exchange.status, None, "")
    if exchange.forced is not None:
        result.explanation = f"Forced: {exchange.forced}."
    elif exchange.status < HTTPStatus.BAD_REQUEST:
        return
    elif status == HTTPStatus.BAD_REQUEST and (message or "").startswith("Prefer: "):
        result.breaches.append(Breach("header", ("Prefer",), message or ""))
    elif status == HTTPStatus.BAD_REQUEST and not result.breaches and result.operation is not None:
        place = f"#{result.operation.pointer}"
        result.breaches.append(Breach("body", tuple(tokens_of(pointer)), message or phrase(status), place))
    elif status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE):
        result.breaches.append(Breach("body", (), message or phrase(status)))
    elif status in _STATES and result.operation is not None and not result.breaches:
        identifiers = ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
        said = message or phrase(status)
        result.explanation = f"{said}: {identifiers}." if identifiers else f"{said}."
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        result.explanation = "The mock failed; its standard error says why."
    if not result.explanation and result.breaches:
        first = result.breaches[0]
        result.explanation = first.sentence if first.path else first.message


def _is_preflight(exchange: Exchange) -> bool:
    return is_preflight(exchange.method, {name for name, _ in exchange.fields})


def _check_origin(result: Verdict, exchange: Exchange) -> None:
    fields = dict(exchange.fields)
    origin = fields.get("HTTP_ORIGIN")
    if origin is None or fields.get("HTTP_SEC_FETCH_SITE") == "same-origin":
        return
    if not exchange.context.cross_origin.allows(origin):
        shown = _shortened(exchange, origin, 200)
        result.hints.append(f"Pages of {shown} may not read the response: start the mock with --cors-origin {shown}.")


def _unrouted(exchange: Exchange) -> Breach:
    """Return what is wrong with a method and a path that no operation has."""
    operations = exchange.context.contract.operations.values()
    path = exchange.target.partition("?")[0].removeprefix(exchange.mounted_at)
    allowed = sorted({operation.method for operation in operations if _fits(operation.path, path)})
    if allowed or exchange.usual_status == HTTPStatus.METHOD_NOT_ALLOWED:
        has = dict(exchange.response_fields).get("Allow") or ", ".join(allowed)
        return Breach("method", (), f"The contract has no {exchange.method} here; it has {has}.", "#/paths")
    close = get_close_matches(path, {operation.path for operation in operations}, 1, 0.5)
    nearest = f" The nearest one is {close[0]}." if close else ""
    return Breach("path", (), f"The contract has no such path.{nearest}", "#/paths")


def _fits(template: str, path: str) -> bool:
    """Whether a path has the segments of a template."""
    parts, sent = template.split("/"), path.split("/")
    pairs = zip(parts, sent, strict=False)
    return len(parts) == len(sent) and all(part.startswith("{") or part == text for part, text in pairs)


def _scheme(contract: Contract) -> str:
    schemes = contract.security_schemes
    wanted = contract.security_scheme()
    name = next((name for name, scheme in schemes.items() if scheme == wanted), "")
    return f"#/components/securitySchemes/{escape(name)}"


def _decoded_path(result: Verdict, reader: RequestReader, operation: Operation, values: Sequence[str]) -> Sequence[str]:
    """Check the path parameters. Return them decoded, or as they were sent if one cannot be decoded."""
    try:
        decoded = [segment(value) for value in values]
    except Problem as problem:
        place = operation.path_parameters[0].pointer
        result.breaches.append(Breach("path", (), problem.message or "", f"#{place}"))
        return values
    reader.path(operation, decoded)
    return decoded


def _check_query(result: Verdict, reader: RequestReader, operation: Operation, exchange: Exchange) -> None:
    query = exchange.target.partition("?")[2]
    try:
        reader.query(operation, query)
        names = {name for name, _ in parse_query(query)}
    except Problem as problem:
        result.breaches.append(Breach("query", (), problem.message or ""))
        return
    declared = {parameter.name for parameter in operation.query_parameters}
    for name in sorted(names - declared):
        result.hints.append(_ignored(f"The query parameter {_shortened(exchange, name)!r}", name, declared))


def _check_body(result: Verdict, reader: RequestReader, operation: Operation, exchange: Exchange) -> None:
    if operation.body_pointer is None:
        if exchange.body:
            result.hints.append("The body is ignored: this operation has none.")
        return
    if exchange.body_bytes > len(exchange.body):
        result.hints.append("The body was too long to keep, so that the journal does not judge it.")
        return
    if not exchange.body:
        if operation.body_required:
            message = "A body is required, and none was sent."
            result.breaches.append(Breach("body", (), message, f"#{operation.body_pointer}"))
        return
    sent = media_type(dict(exchange.fields))
    if sent != "application/json":
        shown = _shortened(exchange, sent or "none")
        result.hints.append(f"Content-Type is {shown}: the contract describes application/json.")
    try:
        value = reader.body(operation, exchange.body)
    except Problem as problem:
        message = _why_not_json(problem, exchange.body)
        result.breaches.append(Breach("body", (), message, f"#{operation.body_pointer}"))
        return
    for pointer, name, declared in _undeclared(exchange.context.contract, operation.body_pointer, value):
        place = f"at {pointer}" if pointer else "of the body"
        result.hints.append(_ignored(f"The member {_shortened(exchange, name)!r} {place}", name, declared))


def _why_not_json(problem: Problem, body: bytes) -> str:
    """Return what is wrong with a body, which the response does not tell."""
    if body.startswith(BOM_UTF8):
        return "This is not JSON: it begins with a byte order mark (RFC 8259, section 8.1)."
    match problem.__cause__:
        case json.JSONDecodeError() as error:
            return f"This is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        case UnicodeDecodeError():
            return "This is not JSON: it is not UTF-8 (RFC 8259, section 8.1)."
        case UnicodeEncodeError():
            return "This is not JSON that the mock reads: a text has half of a surrogate pair (RFC 8259, section 8.2)."
        case ValueError() as error:
            reason = "a number has too many digits" if "digits" in str(error) else error
            return f"This is not JSON that the mock reads: {reason}."[:MAX_MESSAGE]
    return problem.message or ""


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


def _shortened(exchange: Exchange, text: str, most: int = 80) -> str:
    """Return the beginning of a text. Credentials are removed first, since nobody recognises a part of one."""
    return redactor_of(exchange.context).text(text)[:most]


def _ignored(what: str, name: str, declared: set[str]) -> str:
    close = get_close_matches(name, declared, 1)
    return f"{what} is not in the contract and was ignored.{f' Is {close[0]!r} meant?' if close else ''}"
