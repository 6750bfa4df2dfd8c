"""The steps of a request to the API: the key, what is forced, validation, the operation, and refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from logging import Logger
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wsgi import get_input_stream

from mock_server.contract.document import Operation
from mock_server.contract.validation import ContractBreachError, Validation
from mock_server.cors import CrossOrigin, is_preflight
from mock_server.flask_app import APPLICATION_NAME, Application, EmptyResponse, JsonResponse, json_bytes, rule_of
from mock_server.governance import CalendarRules, ChangeContext, GovernanceError
from mock_server.http.delivery import DRAWN_KEY
from mock_server.operations import READS, OperationFunction
from mock_server.operations.call import Call
from mock_server.problems import ErrorBodies, Problem
from mock_server.sandbox import PROBLEM, SANDBOX_KEY, Refusal, Sandbox, Sandboxes
from mock_server.security import ManagementKeys
from mock_server.store import StoreError, Transaction
from mock_server.urls import segment

MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Services:
    """The objects that every request needs, built once at start."""

    operations: Mapping[str, Operation]
    protected: tuple[str, ...]
    """The beginnings of the paths that need a management key even if no operation has the path."""
    functions: Mapping[str, OperationFunction]
    validation: Validation
    errors: ErrorBodies
    keys: ManagementKeys
    cross_origin: CrossOrigin
    calendar: CalendarRules
    sandboxes: Sandboxes
    control: bool
    """Whether requests may ask for a response, and rules may make requests fail."""


def api_app(services: Services) -> Flask:
    """Return the Flask application with a route for each operation of the contract."""
    app = Application(APPLICATION_NAME)
    for operation in services.operations.values():
        app.add_url_rule(
            rule_of(operation)[0],
            operation.id,
            _view(services, operation),
            methods=[operation.method],
            provide_automatic_options=False,
            strict_slashes=True,
        )
    app.before_request(partial(_admit, services))
    app.register_error_handler(Problem, partial(_refuse, services))
    app.register_error_handler(HTTPException, partial(_refuse_unrouted, services))
    app.register_error_handler(Exception, partial(_fail, services, app.logger))
    return app


def _admit(services: Services) -> Response | None:
    """Check the management key before anything else; only CORS preflight requests pass without one."""
    current = request._get_current_object()  # type: ignore[attr-defined]  # each use of a proxy costs
    environ, operation = current.environ, _operation(services, current)
    # The router also matches some paths with another beginning, such as //api/...
    needs_key = operation.secured if operation else environ["PATH_INFO"].startswith(services.protected)
    if is_preflight(environ["REQUEST_METHOD"], environ.keys()):
        return EmptyResponse(services.cross_origin.preflight_headers(environ))
    if needs_key:
        services.keys.check(environ.get("HTTP_AUTHORIZATION"))
    if services.control and operation:
        has_chaos = environ[SANDBOX_KEY].chaos is not None or environ.get(DRAWN_KEY)
        if has_chaos or "HTTP_PREFER" in environ:
            return _force(services, operation, environ)
    return None


def _force(services: Services, operation: Operation, environ: dict[str, Any]) -> Response | None:
    """Return the response that the request or chaos forces, if any."""
    from mock_server.control.forcing import forced

    outcome = forced(environ[SANDBOX_KEY], operation, environ, services.errors, services.operations.values())
    if outcome is None:
        return None
    response = _json_response(outcome.status, outcome.body)
    response.headers.update(outcome.headers)
    return response


def _operation(services: Services, current: Request = request) -> Operation | None:
    """Return the operation that the request addresses, if any."""
    rule = current.url_rule
    return services.operations[rule.endpoint] if rule is not None else None


def _view(services: Services, operation: Operation) -> Callable[..., Response]:
    """Return the view of one operation. Routing and authentication come before it."""
    function, validation, names = services.functions[operation.id], services.validation, rule_of(operation)[1]
    reads_only, message = operation.id in READS, operation.success_message()

    def serve(**values: str) -> Response:
        environ = request.environ
        sandbox: Sandbox = environ[SANDBOX_KEY]
        path_values = [segment(values[name]) for name in names]
        validation.check_path_values(operation, path_values)
        if operation.header_parameters:
            validation.check_headers(operation, environ)
        query = validation.query(operation, environ.get("QUERY_STRING", ""))
        body = validation.body(operation, read_body(environ)) if operation.body_pointer else None
        meters = sandbox.meters  # read once: control may end the meters meanwhile
        if meters is not None and path_values:
            unit_id = path_values[0]
            meters.settle(unit_id)

        def work(tx: Transaction) -> dict[str, Any]:
            call = Call(query, body, tx, ChangeContext(sandbox.clock(), sandbox.new_id, services.calendar), message)
            try:
                content = function(call, *path_values)
            except GovernanceError as error:
                raise Problem(HTTPStatus.BAD_REQUEST, str(error), pointer=error.pointer) from None
            validation.response(operation, operation.success, content)
            return content

        content = sandbox.store.run(work, reads_only=reads_only)
        if not reads_only:
            sandbox.touch()
        return _json_response(operation.success, content)

    return serve


def read_body(environ: dict[str, Any]) -> bytes:
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


def _refuse(services: Services, problem: Problem) -> Response:
    operation = _operation(services)
    status = operation.status(problem.status) if operation else problem.status
    body = services.errors.body(status, problem.message, operation, problem.example)
    request.environ[PROBLEM] = Refusal(problem.status, body["error"]["message"], problem.pointer)
    response = _json_response(status, body)
    response.headers.update(problem.headers)
    return response


def _refuse_unrouted(services: Services, error: HTTPException) -> Response:
    headers = {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    # The contract's message for 404 is about a missing unit; here no operation matches the path.
    message = HTTPStatus(status).phrase if status == HTTPStatus.NOT_FOUND else None
    return _refuse(services, Problem(status, message, headers))


def _fail(services: Services, log: Logger, error: Exception) -> Response:
    """Return 500 for a failure of the mock itself. The details go to the log, not to the client.

    A store that cannot be used is 503 (RFC 9110, section 15.6.4) if the operation declares that status.
    """
    if isinstance(error, StoreError):  # the store has logged it
        operation = _operation(services)
        if operation is not None and str(HTTPStatus.SERVICE_UNAVAILABLE.value) in operation.responses:
            return _refuse(services, Problem(HTTPStatus.SERVICE_UNAVAILABLE))
    elif isinstance(error, ContractBreachError):
        log.error("response withheld: %s", error)
    else:
        log.error("request failed", exc_info=error)
    return _refuse(services, Problem(HTTPStatus.INTERNAL_SERVER_ERROR))


def _json_response(status: int, body: Any) -> Response:
    return JsonResponse(json_bytes(body), status)
