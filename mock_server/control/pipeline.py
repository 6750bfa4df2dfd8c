"""Control as a WSGI application: its document, its blueprint, and what its operations share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from logging import Logger
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from mock_server.api.cors import CrossOrigin, is_preflight
from mock_server.api.lean_flask import EmptyResponse
from mock_server.api.request_reader import Breach, RequestReader
from mock_server.api.routes import View, add_operations, allow_header, read_request
from mock_server.contract.document import JSON_MEDIA_TYPE, Contract, Operation, load
from mock_server.contract.validation import Validation
from mock_server.control.errors import ControlError
from mock_server.control.guard import Guard
from mock_server.control.pages import ENDPOINTS, add_pages
from mock_server.problems import Problem
from mock_server.sandbox import Sandbox, Sandboxes
from mock_server.seeds.reader import SeedReader
from mock_server.store import StoreError
from mock_server.urls import exact_path
from mock_server.wsgi import SANDBOX_KEY, WsgiApp, json_bytes

DOCUMENT = Path(__file__).with_name("openapi.yaml")
_WITHOUT_KEY = {"getHealth", *ENDPOINTS}


@dataclass(frozen=True, slots=True)
class ControlContext:
    """What control needs of the mock; it outlives every request."""

    contract: Contract
    validation: Validation
    """The validators of the contract."""
    seed_reader: SeedReader
    sandboxes: Sandboxes
    cross_origin: CrossOrigin
    control_key: str | None
    keys: tuple[str, ...]
    """The management keys, which no response of control may contain."""
    log: Logger
    mock: WsgiApp
    """The whole mock, as a client sees it; control can send requests to it."""


@dataclass(frozen=True, slots=True)
class ControlCall:
    """A valid request to control."""

    context: ControlContext
    sandbox: Sandbox
    path: tuple[str, ...]
    """The values of the path parameters."""
    query: dict[str, Any]
    body: Any
    environ: dict[str, Any]


ControlFunction = Callable[[ControlCall], Any]
"""Returns the body of the success as JSON, None for 204, or a Response; raises ControlError."""


def control_app(context: ControlContext) -> WsgiApp:
    """Return control as a WSGI application that serves the paths of its document."""
    from mock_server.control.operation_table import OPERATIONS

    document = load(DOCUMENT)
    reader = RequestReader(Validation(document), refuse_breach)
    guard = Guard(context.cross_origin, context.control_key)
    blueprint = Blueprint("control", __name__)
    add_operations(
        blueprint,
        document.operations.values(),
        lambda operation: _control_view(context, operation, reader, OPERATIONS[operation.id]),
    )
    add_pages(blueprint)
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.register_blueprint(blueprint)
    app.before_request(partial(_guard, guard, context.cross_origin))
    app.register_error_handler(ControlError, _error)
    app.register_error_handler(Problem, _error_of_problem)
    app.register_error_handler(HTTPException, _error_of_route)
    app.register_error_handler(Exception, partial(_internal_error, context.log))
    return exact_path(app.wsgi_app)


def _guard(guard: Guard, cross_origin: CrossOrigin) -> Response | None:
    environ, endpoint = request.environ, (request.endpoint or "").removeprefix("control.")
    preflight = is_preflight(environ["REQUEST_METHOD"], environ.keys())
    guard.check(environ, needs_key=not preflight and endpoint not in _WITHOUT_KEY)
    if preflight:
        return EmptyResponse(cross_origin.preflight_headers(environ))
    return None


def _control_view(
    context: ControlContext, operation: Operation, reader: RequestReader, function: ControlFunction
) -> View:
    def serve(**matched: str) -> Response:
        environ = request.environ
        values = read_request(reader, operation, environ, matched)
        call = ControlCall(context, environ[SANDBOX_KEY], values.path, values.query, values.body, environ)
        result = function(call)
        if isinstance(result, Response):
            return result
        if result is None:
            return EmptyResponse()
        return json_response(operation.success, result)

    return serve


def refuse_breach(breach: Breach) -> None:
    """Raise ControlError with the place in the body."""
    if breach.part == "body":
        raise ControlError(HTTPStatus.BAD_REQUEST, breach.message, breach.pointer)
    raise ControlError(HTTPStatus.BAD_REQUEST, breach.sentence)


def json_response(status: int, body: Any) -> Response:
    """Return a response of JSON."""
    return Response(json_bytes(body), status, content_type=JSON_MEDIA_TYPE)


def _error(error: ControlError) -> Response:
    response = json_response(error.status, error.body())
    response.headers.update(error.headers)
    return response


def _error_of_problem(problem: Problem) -> Response:
    message = problem.message or HTTPStatus(problem.status).phrase
    return _error(ControlError(problem.status, message, headers=problem.headers))


def _error_of_route(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    message = HTTPStatus(status).phrase
    if status == HTTPStatus.NOT_FOUND:
        message = "Control has no such path; /_mock/openapi.yaml lists them"
    return _error(ControlError(status, message, headers=allow_header(error)))


def _internal_error(log: Logger, error: Exception) -> Response:
    if not isinstance(error, StoreError):  # the store has logged it
        log.error("control failed", exc_info=error)
    return _error(ControlError(HTTPStatus.INTERNAL_SERVER_ERROR, "control failed; the log of the mock says why"))
