"""The application: a contract, keys, a store and a clock wired into Flask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from mock_server.contract import Contract, ContractError, Operation
from mock_server.cors import CrossOrigin
from mock_server.governance import CalendarRules, Change, GovernanceError
from mock_server.operations import OPERATIONS
from mock_server.operations import Operation as Function
from mock_server.operations.call import Call
from mock_server.problems import ErrorBodies, Problem
from mock_server.security import ManagementKeys
from mock_server.store import Store
from mock_server.urls import exact_path, segment
from mock_server.validation import ContractBreachError, Validation

MAX_BODY_BYTES = 1024 * 1024
_PROTECTED = "/api/"
_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Services:
    """What the pipeline needs, built once."""

    operations: Mapping[str, Operation]
    functions: Mapping[str, Function]
    validation: Validation
    errors: ErrorBodies
    keys: ManagementKeys
    cross_origin: CrossOrigin
    rules: CalendarRules
    store: Store
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


def create_app(
    contract: Contract,
    keys: Sequence[str],
    store: Store,
    *,
    cors_origins: Iterable[str] = (),
    clock: Callable[[], datetime] = partial(datetime.now, UTC),
    new_id: Callable[[], str] = lambda: str(uuid4()),
    functions: Mapping[str, Function] = OPERATIONS,
) -> Flask:
    """A Flask application that serves the contract; raises ContractError if it cannot.

    `clock` gives aware instants in UTC, `new_id` new identifiers.
    """
    _refuse_mismatch(contract, functions)
    units, resets = contract.calendar_alignment()
    services = Services(
        operations=contract.operations,
        functions=functions,
        validation=Validation(contract),
        errors=ErrorBodies(contract),
        keys=ManagementKeys(keys),
        cross_origin=CrossOrigin(cors_origins, {operation.method for operation in contract.operations.values()}),
        rules=CalendarRules(units, resets),
        store=store,
        clock=clock,
        new_id=new_id,
    )
    return _flask_app(services)


def _refuse_mismatch(contract: Contract, functions: Mapping[str, Function]) -> None:
    for kind, names in (
        ("the mock has no function for", contract.operations.keys() - functions.keys()),
        ("the contract has no operation for the mock's", functions.keys() - contract.operations.keys()),
    ):
        if names:
            raise ContractError(f"{kind} {', '.join(sorted(names))}")


def _flask_app(services: Services) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    for operation in services.operations.values():
        rule = operation.path
        for index, parameter in enumerate(operation.path_parameters):
            rule = rule.replace(f"{{{parameter.name}}}", f"<p{index}>")
        view = partial(_serve, services, operation)
        app.add_url_rule(
            rule, operation.id, view, methods=[operation.method], provide_automatic_options=False, strict_slashes=True
        )
    app.before_request(partial(_admit, services))
    app.register_error_handler(Problem, partial(_refuse, services))
    app.register_error_handler(HTTPException, partial(_refuse_unrouted, services))
    app.register_error_handler(Exception, partial(_fail, services))
    app.wsgi_app = exact_path(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _admit(services: Services) -> Response | None:
    """Before anything else is looked at: browsers' preflight requests pass, everybody else shows a key."""
    environ = request.environ
    if request.path.startswith(_PROTECTED):
        origin = environ.get("HTTP_ORIGIN")
        if request.method == "OPTIONS" and origin and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            return Response(status=HTTPStatus.NO_CONTENT, headers=services.cross_origin.preflight_headers(origin))
        services.keys.check(environ.get("HTTP_AUTHORIZATION"))
    return None


def _serve(services: Services, operation: Operation, **values: str) -> Response:
    """The pipeline of one operation, after routing and admission."""
    path_values = [segment(values[f"p{index}"]) for index in range(len(values))]
    validation = services.validation
    validation.path_values(operation, path_values)
    query = validation.query(operation, request.environ.get("QUERY_STRING", ""))
    body = validation.body(operation, _read_body()) if operation.body_pointer else None
    with services.store.transaction() as tx:
        change = Change(services.clock(), services.new_id, services.rules)
        try:
            answer = services.functions[operation.id](Call(query, body, tx, change), *path_values)
        except GovernanceError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from None
        validation.response(operation, HTTPStatus.OK, answer)
    return _respond(services, HTTPStatus.OK, answer)


def _read_body() -> bytes:
    raw: bytes = request.stream.read(MAX_BODY_BYTES + 1)
    if len(raw) > MAX_BODY_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return raw


def _refuse(services: Services, problem: Problem) -> Response:
    body = services.errors.body(problem.status, problem.message)
    response = _respond(services, problem.status, body)
    response.headers.update(problem.headers)
    return response


def _refuse_unrouted(services: Services, error: HTTPException) -> Response:
    headers = {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    # Only a status that routing alone gives has the contract's own words; its 404 speaks of business units.
    message = HTTPStatus(status).phrase if status == HTTPStatus.NOT_FOUND else None
    return _refuse(services, Problem(status, message, headers))


def _fail(services: Services, error: Exception) -> Response:
    """A failure of the mock itself. The log says what; the client learns that it happened."""
    from flask import current_app

    if isinstance(error, ContractBreachError):
        current_app.logger.error("response withheld: %s", error)
    else:
        current_app.logger.exception("request failed")
    return _refuse(services, Problem(HTTPStatus.INTERNAL_SERVER_ERROR))


def _respond(services: Services, status: int, body: Any) -> Response:
    headers = _HEADERS
    origin = request.environ.get("HTTP_ORIGIN")
    if origin:
        headers = headers + services.cross_origin.headers(origin)
    return Response(_encode(body) + "\n", status, headers)
