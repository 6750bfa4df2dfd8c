"""The steps of a request to the API: the key, what is forced, validation, the operation, and refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from logging import Logger
from typing import Any, NamedTuple

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from mock_server.api.cors import CrossOrigin, is_preflight
from mock_server.api.lean_flask import APPLICATION_NAME, EmptyResponse, JsonResponse, LeanFlask
from mock_server.api.request_reader import Breach, RequestReader
from mock_server.api.routes import View, add_operations, allow_header, read_request
from mock_server.api.security import ManagementKeys
from mock_server.contract.document import Contract, Operation
from mock_server.contract.validation import ResponseBreachError, Validation
from mock_server.domain.model import CalendarRules, ChangeContext, GovernanceError
from mock_server.operations import READS, OperationFunction
from mock_server.operations.call import Call
from mock_server.problems import ErrorBodies, Problem, Refusal
from mock_server.sandbox import Sandbox, Sandboxes
from mock_server.store import StoreError, Transaction
from mock_server.wsgi import DRAWN_KEY, REFUSAL_KEY, ROUTE_KEY, SANDBOX_KEY, json_bytes


class ForcedResponse(NamedTuple):
    """A response in place of that of the operation."""

    status: int
    body: Any
    headers: Mapping[str, str]


ForcedResponses = Callable[[Operation, dict[str, Any]], ForcedResponse | None]


@dataclass(frozen=True, slots=True)
class Services:
    """The objects that every request needs, built once at start."""

    contract: Contract
    functions: Mapping[str, OperationFunction]
    validation: Validation
    errors: ErrorBodies
    keys: ManagementKeys
    cross_origin: CrossOrigin
    calendar: CalendarRules
    sandboxes: Sandboxes
    forced_response: ForcedResponses | None
    """Returns the response that a request asks for or that chaos draws, if any; None without control."""


def api_app(services: Services) -> Flask:
    """Return the Flask application with a route for each operation of the contract."""
    app = LeanFlask(APPLICATION_NAME)
    add_operations(app, services.contract.operations.values(), partial(_view, services))
    # Flask calls these in their order, and stops at the first response.
    app.before_request(partial(_admit, services, _protected(services.contract)))
    if services.forced_response is not None:
        app.before_request(partial(_force, services, services.forced_response))
    app.register_error_handler(Problem, partial(_refuse, services))
    app.register_error_handler(HTTPException, partial(_refuse_unrouted, services))
    app.register_error_handler(Exception, partial(_fail, services, app.logger))
    return app


def _protected(contract: Contract) -> tuple[str, ...]:
    """Return the beginnings of the paths that need a key even if no operation has the path.

    They are the first segments of the operations that need a key, each between slashes.
    """
    firsts = {operation.path.split("/")[1] for operation in contract.operations.values() if operation.secured}
    return tuple("/" if first.startswith("{") else f"/{first}/" for first in sorted(firsts))


def _admit(services: Services, protected: tuple[str, ...]) -> Response | None:
    """Check the management key before anything else; only CORS preflight requests pass without one."""
    current = request._get_current_object()  # type: ignore[attr-defined]  # each use of a proxy costs
    environ, operation = current.environ, _operation(services, current)
    # The router also matches some paths with another beginning, such as //api/...
    needs_key = operation.secured if operation else environ["PATH_INFO"].startswith(protected)
    if operation:
        environ[ROUTE_KEY] = operation.id, tuple((current.view_args or {}).values())
    if is_preflight(environ["REQUEST_METHOD"], environ.keys()):
        return EmptyResponse(services.cross_origin.preflight_headers(environ))
    if needs_key:
        services.keys.check(environ.get("HTTP_AUTHORIZATION"))
    return None


def _force(services: Services, forced_response: ForcedResponses) -> Response | None:
    """Send the response that the request or chaos forces, if any, in place of that of the operation."""
    environ, operation = request.environ, _operation(services)
    is_asked = "HTTP_PREFER" in environ or environ[SANDBOX_KEY].chaos is not None or environ.get(DRAWN_KEY)
    forced = forced_response(operation, environ) if operation and is_asked else None
    if forced is None:
        return None
    response = _json_response(forced.status, forced.body)
    response.headers.update(forced.headers)
    return response


def _operation(services: Services, current: Request = request) -> Operation | None:
    """Return the operation that the request addresses, if any."""
    rule = current.url_rule
    return services.contract.operations[rule.endpoint] if rule is not None else None


def _view(services: Services, operation: Operation) -> View:
    """Return the view of one operation. Routing and authentication come before it."""
    function, validation = services.functions[operation.id], services.validation
    reads_only, message = operation.id in READS, operation.success_message()
    reader = RequestReader(validation, _refuse_breach)

    def serve(**matched: str) -> Response:
        environ = request.environ
        sandbox: Sandbox = environ[SANDBOX_KEY]
        values = read_request(reader, operation, environ, matched)
        meters = sandbox.meters  # read once: control may end the meters meanwhile
        if meters is not None and values.path:
            unit_id = values.path[0]
            meters.settle(unit_id)

        def work(tx: Transaction) -> dict[str, Any]:
            context = ChangeContext(sandbox.clock(), sandbox.new_id, services.calendar)
            try:
                content = function(Call(values.query, values.body, tx, context, message), *values.path)
            except GovernanceError as error:
                raise Problem(HTTPStatus.BAD_REQUEST, str(error), pointer=error.pointer) from None
            validation.response(operation, operation.success, content)
            return content

        content = sandbox.store.run(work, reads_only=reads_only)
        if not reads_only:
            sandbox.touch()
        return _json_response(operation.success, content)

    return serve


def _refuse_breach(breach: Breach) -> None:
    raise Problem(HTTPStatus.BAD_REQUEST, breach.sentence)


def _refuse(services: Services, problem: Problem) -> Response:
    operation = _operation(services)
    status = operation.status(problem.status) if operation else problem.status
    body = services.errors.body(status, problem.message, operation, problem.example)
    request.environ[REFUSAL_KEY] = Refusal(problem.status, body["error"]["message"], problem.pointer)
    response = _json_response(status, body)
    response.headers.update(problem.headers)
    return response


def _refuse_unrouted(services: Services, error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    # The contract's message for 404 is about a missing unit; here no operation matches the path.
    message = HTTPStatus(status).phrase if status == HTTPStatus.NOT_FOUND else None
    return _refuse(services, Problem(status, message, allow_header(error)))


def _fail(services: Services, log: Logger, error: Exception) -> Response:
    """Return 500 for a failure of the mock itself. The details go to the log, not to the client.

    A store that cannot be used is 503 (RFC 9110, section 15.6.4) if the operation declares that status.
    """
    if isinstance(error, StoreError):  # the store has logged it
        operation = _operation(services)
        if operation is not None and str(HTTPStatus.SERVICE_UNAVAILABLE.value) in operation.responses:
            return _refuse(services, Problem(HTTPStatus.SERVICE_UNAVAILABLE))
    elif isinstance(error, ResponseBreachError):
        log.error("response withheld: %s", error)
    else:
        log.error("request failed", exc_info=error)
    return _refuse(services, Problem(HTTPStatus.INTERNAL_SERVER_ERROR))


def _json_response(status: int, body: Any) -> Response:
    return JsonResponse(json_bytes(body), status)
