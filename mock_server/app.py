"""The Flask application: connects the contract, the keys, the store and the clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from logging import getLogger
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask

from mock_server.api.cors import VARY, CrossOrigin
from mock_server.api.lean_flask import APPLICATION_NAME
from mock_server.api.pipeline import ForcedResponse, Services, api_app
from mock_server.api.security import ManagementKeys, random_key, split_keys, usable_keys
from mock_server.contract.document import JSON_MEDIA_TYPE, Contract, Operation, default_path, load
from mock_server.contract.validation import Validation
from mock_server.control.journal.journal import Journal, JournalContext
from mock_server.domain.model import BusinessUnit, CalendarRules, Team
from mock_server.errors import KEY_VARIABLE
from mock_server.front import RESERVED, ErrorResponses, Front, error_responses, without_control
from mock_server.operations import OPERATIONS, OperationFunction
from mock_server.problems import ErrorBodies
from mock_server.rehearsal import refuse_unsupported, rehearse
from mock_server.sandbox import MAIN, Clock, Sandbox, Sandboxes, repeatable_ids
from mock_server.seeds.examples import example_state
from mock_server.seeds.reader import SeedReader, seed_or_demo
from mock_server.seeds.state import NewId, SeedAt
from mock_server.store import MemoryStore, Store, open_store
from mock_server.store.watched import WatchedStore
from mock_server.urls import exact_path
from mock_server.wsgi import SANDBOX_KEY, WsgiApp

_LOG = getLogger(APPLICATION_NAME)
_HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    VARY,
]


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
    """Return a Flask application that serves a contract.

    `app.config["GOVERNANCE_API_KEY"]` is the first management key. `app.extensions["store"]` is the store; its `close`
    releases files and connections.

    Args:
        contract: the contract; None for the packaged one.
        keys: the management keys. Without any, those of the variable GOVERNANCE_API_KEY, or else a random one.
        store: a store, or its URL as for `--store`.
        cors_origins: the origins whose web pages may use the API.
        clock: returns an aware datetime in UTC.
        new_id: returns a new identifier.
        functions: by operationId.
        seed: a seed document or its path, for a new store; None for the demo data, or a given contract's examples.
        id_seed: makes the identifiers the same in each run.
        control: whether the mock can be controlled under `/_mock/`, which needs one process.
        control_key: what a request to control must have. Without it, control is for clients of this machine.
        sandboxes: those of an application that this one replaces, whose `store` must be given, too.

    Raises:
        ContractError: the mock cannot serve this contract.
        StartError: a key or the store cannot be used.
        ValueError: no browser sends one of `cors_origins`; besides origins, `https://*.domain` and `*` are known.
    """
    seed = seed_or_demo(seed, is_packaged_contract=contract is None)
    contract = contract or load(default_path())
    keys = usable_keys(keys, contract) if keys else _default_keys(contract)
    refuse_unsupported(contract, functions, RESERVED if control else ())
    calendar = CalendarRules(*contract.calendar_alignment())
    validation = Validation(contract)
    errors = ErrorBodies(contract)
    read_seed = _seed_reader(SeedReader(contract, validation), seed)
    make_ids = _sources_of_ids(new_id, id_seed)
    store, sandboxes = _opened(store, sandboxes, control, clock, make_ids, read_seed)
    rehearse(contract, functions, validation, errors, calendar, sandboxes.main.store)
    sandboxes.use_seed(read_seed, partial(_new_sandbox, clock, make_ids, read_seed))  # not for a refused contract
    origins = _cross_origin(contract, cors_origins)
    forced = partial(_forced_response, contract, errors) if control else None
    accepted = ManagementKeys(keys)
    services = Services(contract, functions, validation, errors, accepted, origins, calendar, sandboxes, forced)
    app = _application(services, tuple(keys), control_key)
    app.config[KEY_VARIABLE] = keys[0]
    app.extensions |= {"store": store, "sandboxes": sandboxes}
    return app


def _application(services: Services, keys: tuple[str, ...], control_key: str | None) -> Flask:
    """Return the application of the API, with what is in front of it."""
    app = api_app(services)
    front = _front(exact_path(app.wsgi_app), services, keys, control_key)
    app.wsgi_app = _with_common_headers(front, services.cross_origin)  # type: ignore[method-assign, assignment]
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
) -> tuple[Store | str, Sandboxes]:
    """Return the store, opened if it is given by its URL, and the sandboxes, which an earlier application may have."""
    if sandboxes is not None:
        seed(clock(), make_ids())  # an unusable seed is refused here
        return store, sandboxes
    main = Sandbox(MAIN, MemoryStore(), clock, make_ids, seed)
    if isinstance(store, str):
        store = open_store(store, partial(_first_state, main, control))
    main.store = WatchedStore(store, _LOG) if store.waits else store
    return store, Sandboxes(main, partial(_new_sandbox, clock, make_ids, seed))


def _front(api: WsgiApp, services: Services, keys: tuple[str, ...], control_key: str | None) -> WsgiApp:
    """Return what is in front of the API: the choice of a sandbox and, if it is on, control with the journals."""
    if services.forced_response is None:
        return without_control(api, services.sandboxes)
    context = JournalContext(services.contract, services.validation, keys, services.cross_origin, tuple(_HEADERS))
    _keep_journals(context, services.sandboxes)
    make_control = partial(_control_app, services, keys, control_key)
    refusal = error_responses(services.errors, [("Content-Type", JSON_MEDIA_TYPE)])
    return Front(api, services.sandboxes, make_control, refusal)


def _keep_journals(context: JournalContext, sandboxes: Sandboxes) -> None:
    """Let each sandbox, also later ones, keep a journal; one that has a journal goes on with it."""

    def keep(sandbox: Sandbox) -> None:
        if sandbox.journal is None:
            sandbox.journal = Journal(context)
        sandbox.journal.context = context

    sandboxes.on_add = keep
    for sandbox in sandboxes:
        keep(sandbox)


def _seed_reader(reader: SeedReader, seed: Path | Mapping[str, Any] | None) -> SeedAt:
    """Return what makes the state of a seed at a time."""
    if isinstance(seed, Mapping):
        return reader.given(seed)
    if seed is not None:
        return reader.read(seed)
    return partial(example_state, reader)


def _first_state(sandbox: Sandbox, control: bool) -> tuple[Sequence[BusinessUnit], Sequence[Team]]:
    """Return units and teams of a new store; with control, units that the seed meters are metered."""
    state = sandbox.restart_from_seed()
    if control and state.rates:
        from mock_server.control.usage import Meters

        sandbox.meters = Meters(sandbox, state.rates)
    return state.units, state.teams


def _new_sandbox(clock: Clock, make_ids: Callable[[], NewId], seed: SeedAt, name: str) -> Sandbox:
    """Return a sandbox with a store in memory that has the state of the seed."""
    sandbox = Sandbox(name, MemoryStore(), clock, make_ids, seed)
    sandbox.store = MemoryStore(*_first_state(sandbox, control=True))
    return sandbox


def _forced_response(
    contract: Contract, errors: ErrorBodies, operation: Operation, environ: dict[str, Any]
) -> ForcedResponse | None:
    """Return what control forces; it is imported here, when the first request needs it."""
    from mock_server.control.forcing import forced_response

    return forced_response(environ[SANDBOX_KEY], operation, environ, errors, contract.operations.values())


def _control_app(services: Services, keys: tuple[str, ...], control_key: str | None, mock: WsgiApp) -> WsgiApp:
    """Return control; it is imported here, when the first request needs it."""
    from mock_server.control.pipeline import ControlContext, control_app

    context = ControlContext(
        contract=services.contract,
        validation=services.validation,
        seed_reader=SeedReader(services.contract, services.validation),
        sandboxes=services.sandboxes,
        cross_origin=services.cross_origin,
        control_key=control_key,
        keys=keys,
        log=_LOG,
        mock=mock,
    )
    return control_app(context)


def _default_keys(contract: Contract) -> Sequence[str]:
    from_environment = os.environ.get(KEY_VARIABLE, "")
    if not from_environment:
        return [random_key(contract.key_format())]
    return usable_keys(split_keys(from_environment), contract)


def errors_of_the_server(contract: Contract) -> ErrorResponses:
    """Return a function that makes headers and body of the response to what is not an HTTP request.

    Its origin is unknown. The response does not depend on the request, so that pages of any origin may read it.
    """
    headers = [("Content-Type", JSON_MEDIA_TYPE), *_HEADERS, ("Access-Control-Allow-Origin", "*")]
    return error_responses(ErrorBodies(contract), headers)


def _cross_origin(contract: Contract, origins: Iterable[str]) -> CrossOrigin:
    operations = contract.operations.values()
    headers = {parameter.name for operation in operations for parameter in operation.header_parameters}
    return CrossOrigin(origins, {operation.method for operation in operations}, headers, _LOG)


def _with_common_headers(wsgi_app: WsgiApp, cross_origin: CrossOrigin) -> WsgiApp:
    """Add the headers that every response has. Adding them here is cheaper than on a Response object."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        common = _HEADERS + cross_origin.headers(environ)
        return wsgi_app(environ, lambda status, headers, *rest: start_response(status, headers + common, *rest))

    return wrapped
