"""Routes for the operations of a document, and the requests that they receive. The API and control have such routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wsgi import get_input_stream

from mock_server.api.request_reader import RequestReader
from mock_server.contract.document import Operation
from mock_server.problems import Problem
from mock_server.urls import segment

MAX_BODY_BYTES = 1024 * 1024
View = Callable[..., Response]
"""Gets the texts of the path parameters as keyword arguments."""


@dataclass(frozen=True, slots=True)
class RequestValues:
    """The values in a request."""

    path: tuple[str, ...]
    query: dict[str, Any]
    body: Any


def add_operations(
    app: Flask | Blueprint, operations: Iterable[Operation], view_of: Callable[[Operation], View]
) -> None:
    """Add a route for each operation."""
    for operation in operations:
        rule = operation.path
        for index, parameter in enumerate(operation.path_parameters):
            rule = rule.replace(f"{{{parameter.name}}}", f"<{_argument(index)}>")
        app.add_url_rule(
            rule,
            operation.id,
            view_of(operation),
            methods=[operation.method],
            provide_automatic_options=False,
            strict_slashes=True,
        )


def _argument(index: int) -> str:
    """Return Flask's name for a path parameter: a Python identifier, which the contract's name need not be."""
    return f"p{index}"


def read_request(
    reader: RequestReader, operation: Operation, environ: dict[str, Any], matched: Mapping[str, str]
) -> RequestValues:
    """Return the values in a request; raises Problem, or what the reader raises for a breach.

    Args:
        reader: reads the parts of the request, in their order: path, header, query, body.
        operation: the operation of the route.
        environ: the WSGI environment.
        matched: the arguments of the view.
    """
    path = tuple(segment(matched[_argument(index)]) for index in range(len(matched)))
    reader.path(operation, path)
    if operation.header_parameters:
        reader.headers(operation, environ)
    query = reader.query(operation, environ.get("QUERY_STRING", ""))
    body = reader.body(operation, _read_body(environ)) if operation.body_pointer else None
    return RequestValues(path, query, body)


def _read_body(environ: dict[str, Any]) -> bytes:
    """Return the body of a request; raises Problem if it is too large or has a content coding."""
    coding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if coding not in ("", "identity"):  # RFC 9110, section 15.5.16
        message = f"Content-Encoding {coding} is not supported"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message, {"Accept-Encoding": "identity"})
    declared = environ.get("CONTENT_LENGTH") or ""
    if declared.isdecimal() and int(declared[:19]) > MAX_BODY_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    stream = environ["wsgi.input"] if environ.get("wsgi.input_terminated") else get_input_stream(environ)
    raw: bytes = stream.read(MAX_BODY_BYTES + 1)
    if len(raw) > MAX_BODY_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return raw


def allow_header(error: HTTPException) -> dict[str, str]:
    """Return the header of a response 405 (RFC 9110, section 15.5.6); empty for another status."""
    return {"Allow": ", ".join(sorted(error.valid_methods or ()))} if isinstance(error, MethodNotAllowed) else {}
