"""The Flask application: connects the contract, the keys, the store and the clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from logging import Logger, getLogger
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wsgi import get_input_stream

from mock_server.contract.document import JSON_MEDIA_TYPE, Contract, Operation, default_path, load
from mock_server.contract.validation import ContractBreachError, Validation
from mock_server.control.journal import Journal, JournalContext
from mock_server.cors import VARY, CrossOrigin, is_preflight
from mock_server.errors import KEY_VARIABLE
from mock_server.flask_app import Application, EmptyResponse, JsonResponse, json_bytes, rule_of
from mock_server.front import RESERVED, Refusals, refusals, with_control, without_control
from mock_server.governance import BusinessUnit, CalendarRules, ChangeContext, GovernanceError, Team
from mock_server.http.delivery import DRAWN_KEY
from mock_server.operations import OPERATIONS, READS, OperationFunction
from mock_server.operations.call import Call
from mock_server.problems import ErrorBodies, Problem
from mock_server.rehearsal import refuse_unsupported, rehearse
from mock_server.sandbox import MAIN, PROBLEM, SANDBOX_KEY, Clock, NewId, Sandbox, Sandboxes, SeedAt, repeatable_ids
from mock_server.security import ManagementKeys, random_key, split_keys, usable_keys
from mock_server.seeds.documents import SeedReader, demo_path
from mock_server.seeds.examples import demo_state
from mock_server.seeds.state import State
from mock_server.store import MemoryStore, Store, StoreError, Transaction, open_store
from mock_server.store.watched import WatchedStore
from mock_server.urls import WsgiApp, exact_path, segment

MAX_BODY_BYTES = 1024 * 1024
_HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    VARY,
]


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
    rules: CalendarRules
    sandboxes: Sandboxes
    control: bool
    """Whether requests may ask for a response, and rules may make requests fail."""


def create_app(
    contract: Contract | None = None,
    keys: Sequence[str] = (),
    store: Store | str = "memory",
    *,
    cors_origins: Iterable[str] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: str(uuid4()),
    functions: Mapping[str, OperationFunction] = OPERATIONS,
    seed: Path | Mapping[str, Any] | None = None,
    id_seed: int | None = None,
    control: bool = False,
    control_key: str | None = None,
    sandboxes: Sandboxes | None = None,
) -> Flask:
    """Return a Flask application that serves the contract.

    Without arguments it serves the packaged contract with its demo data. Without keys, they are those of the
    environment variable GOVERNANCE_API_KEY, or else a random one; `app.config["GOVERNANCE_API_KEY"]` is the first key.
    A store that is given by its URL, as for `--store`, has the state of `seed` if it is new: a seed document or its
    path, or else the demo data, which a contract that is given has in its examples. `app.extensions["store"]` is the
    store, whose `close` releases files and connections. `clock` returns an aware datetime in UTC, `new_id` a new
    identifier; with `id_seed`, identifiers are the same in each run. With `control`, the mock can be controlled under
    `/_mock/`, by clients of this machine or, with a control key, by those that have it; this needs one process.
    `sandboxes` are those of an application that this one replaces, whose `store` must then be given, too.

    Raises:
        ContractError: the mock cannot serve this contract.
        StartError: a key or the store cannot be used.
        ValueError: no browser sends one of `cors_origins`; besides origins, `https://*.domain` and `*` are known.
    """
    given, contract = contract, contract or load(default_path())
    keys = usable_keys(keys, contract) if keys else _default_keys(contract)
    refuse_unsupported(contract, functions, RESERVED if control else ())
    calendar, validation = CalendarRules(*contract.calendar_alignment()), Validation(contract)
    errors, log = ErrorBodies(contract), getLogger(__name__)
    read_seed = _seed(contract, SeedReader(contract, validation, calendar), seed, has_demo=given is None)
    make_ids = _sources_of_ids(new_id, id_seed)
    store, sandboxes = _opened(store, sandboxes, control, clock, make_ids, read_seed, log)
    rehearse(contract, functions, validation, errors, calendar, sandboxes.main.store)
    sandboxes.use_seed(read_seed, partial(_new_sandbox, clock, make_ids, read_seed))  # not for a refused contract
    services = Services(
        operations=contract.operations,
        protected=_protected(contract),
        functions=functions,
        validation=validation,
        errors=errors,
        keys=ManagementKeys(keys),
        cross_origin=_cross_origin(contract, cors_origins, log),
        rules=calendar,
        sandboxes=sandboxes,
        control=control,
    )
    app = _flask_app(services)
    front = _front(exact_path(app.wsgi_app), contract, services, tuple(keys), control_key, log)
    app.wsgi_app = _with_common_headers(front, services.cross_origin)  # type: ignore[method-assign, assignment]
    app.config[KEY_VARIABLE] = keys[0]
    app.extensions |= {"store": store, "sandboxes": sandboxes}
    return app


def _sources_of_ids(new_id: NewId, id_seed: int | None) -> Callable[[], NewId]:
    """Return what makes a source of identifiers; with a seed, each source has the same ones."""
    return (lambda: new_id) if id_seed is None else partial(repeatable_ids, id_seed)


def _opened(
    store: Store | str,
    sandboxes: Sandboxes | None,
    control: bool,
    clock: Clock,
    make_ids: Callable[[], NewId],
    seed: SeedAt,
    log: Logger,
) -> tuple[Store | str, Sandboxes]:
    """Return the store, opened if it is given by its URL, and the sandboxes, which an earlier application may have."""
    if sandboxes is not None:
        seed(clock(), make_ids())  # an unusable seed is refused here
        return store, sandboxes
    main = Sandbox(MAIN, MemoryStore(), clock, make_ids, seed)
    if isinstance(store, str):
        store = open_store(store, partial(_first_state, main, control))
    main.store = WatchedStore(store, log) if store.waits else store
    return store, Sandboxes(main, partial(_new_sandbox, clock, make_ids, seed))


def _front(
    api: WsgiApp, contract: Contract, services: Services, keys: tuple[str, ...], control_key: str | None, log: Logger
) -> WsgiApp:
    """Return what is in front of the API: the choice of a sandbox and, if it is on, control with the journals."""
    if not services.control:
        return without_control(api, services.sandboxes)
    context = JournalContext(contract, services.validation, keys, services.cross_origin, tuple(_HEADERS))
    _keep_journals(context, services.sandboxes)
    make_control = partial(_control, contract, services, keys, control_key, log)
    refusal = refusals(services.errors, [("Content-Type", JSON_MEDIA_TYPE)])
    return with_control(api, services.sandboxes, make_control, refusal)


def _keep_journals(context: JournalContext, sandboxes: Sandboxes) -> None:
    """Let each sandbox, also later ones, keep a journal; one that has a journal goes on with it."""

    def keep(sandbox: Sandbox) -> None:
        if sandbox.journal is None:
            sandbox.journal = Journal(context)
        sandbox.journal.context = context

    sandboxes.on_add = keep
    for sandbox in sandboxes:
        keep(sandbox)


def _seed(contract: Contract, reader: SeedReader, seed: Path | Mapping[str, Any] | None, *, has_demo: bool) -> SeedAt:
    """Return what makes the state of a seed at a time."""
    if isinstance(seed, Mapping):
        return reader.given(seed)
    if seed is not None or has_demo:
        return reader.read(seed or demo_path())
    return lambda now, new_id: State(*demo_state(contract, now))


def _first_state(sandbox: Sandbox, control: bool) -> tuple[Sequence[BusinessUnit], Sequence[Team]]:
    """Return units and teams of a new store; with control, units that the seed meters are metered."""
    state = sandbox.seed_state()
    if control and state.rates:
        from mock_server.control.usage import Meters

        sandbox.meters = Meters(sandbox, state.rates)
    return state.units, state.teams


def _new_sandbox(clock: Clock, make_ids: Callable[[], NewId], seed: SeedAt, name: str) -> Sandbox:
    """Return a sandbox with a store in memory that has the state of the seed."""
    sandbox = Sandbox(name, MemoryStore(), clock, make_ids, seed)
    sandbox.store = MemoryStore(*_first_state(sandbox, control=True))
    return sandbox


def _control(
    contract: Contract, services: Services, keys: tuple[str, ...], control_key: str | None, log: Logger, mock: WsgiApp
) -> WsgiApp:
    """Return control; it is imported here, when the first request needs it."""
    from mock_server.control.application import Context, control_app

    context = Context(
        contract=contract,
        validation=services.validation,
        seed_reader=SeedReader(contract, services.validation, services.rules),
        sandboxes=services.sandboxes,
        cross_origin=services.cross_origin,
        control_key=control_key,
        keys=keys,
        read_body=_read_body,
        log=log,
        mock=mock,
    )
    return control_app(context)


def _default_keys(contract: Contract) -> Sequence[str]:
    given = os.environ.get(KEY_VARIABLE, "")
    return usable_keys(split_keys(given), contract) if given else [random_key(contract.key_format())]


def refusals_of_unreadable(contract: Contract) -> Refusals:
    """Return a function that makes headers and body of the response to what is not an HTTP request.

    Its origin is unknown. The response does not depend on the request, so that pages of any origin may read it.
    """
    headers = [("Content-Type", JSON_MEDIA_TYPE), *_HEADERS, ("Access-Control-Allow-Origin", "*")]
    return refusals(ErrorBodies(contract), headers)


def _protected(contract: Contract) -> tuple[str, ...]:
    """Return the first segments of the operations that need a key, each between slashes."""
    firsts = {one.path.split("/")[1] for one in contract.operations.values() if one.secured}
    return tuple("/" if first.startswith("{") else f"/{first}/" for first in sorted(firsts))


def _cross_origin(contract: Contract, origins: Iterable[str], log: Logger) -> CrossOrigin:
    operations = contract.operations.values()
    headers = {parameter.name for operation in operations for parameter in operation.header_parameters}
    return CrossOrigin(origins, {operation.method for operation in operations}, headers, log)


def _flask_app(services: Services) -> Flask:
    app = Application(__name__)
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


def _with_common_headers(wsgi_app: WsgiApp, cross_origin: CrossOrigin) -> WsgiApp:
    """Add the headers that every response has. Adding them here is cheaper than on a Response object."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        common = _HEADERS + cross_origin.headers(environ)
        return wsgi_app(environ, lambda status, headers, *rest: start_response(status, headers + common, *rest))

    return wrapped


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
    response = _json_response(*outcome[:2])
    response.headers.update(outcome[2])
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
        validation.path_values(operation, path_values)
        if operation.header_parameters:
            validation.headers(operation, environ)
        query = validation.query(operation, environ.get("QUERY_STRING", ""))
        body = validation.body(operation, _read_body(environ)) if operation.body_pointer else None
        meters = sandbox.meters  # read once: control may end the meters meanwhile
        if meters is not None and path_values:
            unit_id = path_values[0]
            meters.settle(unit_id)

        def work(tx: Transaction) -> dict[str, Any]:
            call = Call(query, body, tx, ChangeContext(sandbox.clock(), sandbox.new_id, services.rules), message)
            try:
                answer = function(call, *path_values)
            except GovernanceError as error:
                raise Problem(HTTPStatus.BAD_REQUEST, str(error), pointer=error.pointer) from None
            validation.response(operation, operation.success, answer)
            return answer

        answer = sandbox.store.run(work, reads_only=reads_only)
        if not reads_only:
            sandbox.touch()
        return _json_response(operation.success, answer)

    return serve


def _read_body(environ: dict[str, Any]) -> bytes:
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
    request.environ[PROBLEM] = (problem.status, body["error"]["message"], problem.pointer)
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
