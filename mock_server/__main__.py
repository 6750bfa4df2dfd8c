"""The command line: `governance-contract mock` or `python -m mock_server`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mock_server.contract.document import Contract, default_path, load
from mock_server.errors import CONTROL_KEY_VARIABLE, KEY_VARIABLE, StartError
from mock_server.http.framing import REQUEST_SECONDS

if TYPE_CHECKING:
    from socket import socket
    from ssl import SSLContext

    from flask import Flask

    from mock_server.store import Store
    from mock_server.wsgi import WsgiApp

DEFAULT_PORT = 8585
USAGE_ERROR = 2
INTERRUPTED = 130
STORE_THREADS = 8


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print one line instead of the usage and a line."""
        self.exit(USAGE_ERROR, f"{self.prog}: {message}; see {self.prog} --help\n")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"not a port number: {text}")
    return int(text)


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 64):
        raise argparse.ArgumentTypeError(f"not a number of processes from 1 to 64: {text}")
    return int(text)


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an address is needed, such as localhost or 0.0.0.0 for all interfaces")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(f"not a number of seconds from above 0 to 86400: {text}")
    return seconds


def _seed_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"not a whole number from 0 to 2**63 - 1: {text}")
    return int(text)


def _origin(text: str) -> str:
    from mock_server.api.cors import is_permission

    if not is_permission(text):
        known = "https://app.example, http://10.0.0.7:3000, https://*.app.example, null, or *"
        raise argparse.ArgumentTypeError(f"not an origin as browsers send it, such as {known}: {text!r}")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="governance-contract mock",
        description="A stateful mock of the business-unit governance API.",
        epilog=f"Management keys come from the environment variable {KEY_VARIABLE}, several separated by commas. "
        f"On an address that is not loopback, control (/_mock/) needs a key in {CONTROL_KEY_VARIABLE}.",
    )
    parser.add_argument("--demo", action="store_true", help="create a temporary management key and print it")
    parser.add_argument("--contract", type=Path, metavar="FILE", help="serve this edition of the contract")
    _add_state_options(parser.add_argument_group("state"))
    _add_server_options(parser.add_argument_group("server"))
    _add_control_options(parser.add_argument_group("control"))
    return parser


def _add_state_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--store",
        default="memory",
        metavar="URL",
        help="where the state is kept: memory, the path of a file, or postgresql://... (default: %(default)s)",
    )
    first = group.add_mutually_exclusive_group()
    first.add_argument("--empty", action="store_true", help="start a new store without business units and teams")
    first.add_argument(
        "--seed-file",
        type=Path,
        metavar="FILE",
        help="start a new store with the state in a YAML or JSON file, in place of the demo data",
    )
    group.add_argument(
        "--export", action="store_true", help="print the state of the store as a seed file, and start no server"
    )
    group.add_argument(
        "--seed",
        type=_seed_number,
        metavar="N",
        help="make the same identifiers in each run (only for the store in memory)",
    )


def _add_server_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--host",
        type=_host,
        default="localhost",
        help="address to listen on (default: %(default)s, which is 127.0.0.1 and ::1)",
    )
    group.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="port to listen on, 0 for a free one (default: %(default)s)"
    )
    group.add_argument(
        "--workers",
        type=_workers,
        default=1,
        metavar="N",
        help="number of processes, which share a file or a database (default: %(default)s)",
    )
    group.add_argument(
        "--cors-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="allow pages of this origin to call the mock, in addition to loopback hosts: what browsers send, "
        "https://*.DOMAIN for each subdomain, null for pages from files, * for every page; may be repeated",
    )
    group.add_argument(
        "--request-timeout",
        type=_seconds,
        default=REQUEST_SECONDS,
        metavar="SECONDS",
        help="time in which a request must arrive completely (default: %(default)g)",
    )
    group.add_argument("--tls-cert", type=Path, metavar="FILE", help="serve HTTPS with this certificate chain, in PEM")
    group.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, unless it is in the same file")
    group.add_argument(
        "--tls", action="store_true", help="serve HTTPS with a new certificate, and print how to trust it"
    )
    group.add_argument(
        "--verbose", action="store_true", help="print each request with its status, time and the reason of a refusal"
    )


def _add_control_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--no-control", action="store_true", help="serve nothing under /_mock/")
    group.add_argument(
        "--reload",
        action="store_true",
        help="use an edited contract or seed file at once; the state stays unless the seed file was edited",
    )
    group.add_argument(
        "--chaos",
        type=Path,
        metavar="FILE",
        help="let requests fail or wait by the rules in a YAML or JSON file, as PUT /_mock/chaos takes them",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mock until it is stopped; the exit status is 2 if it cannot start."""
    options = _parser().parse_args(arguments)
    gc.disable()  # until requests are served: what is created before lives until the end
    try:
        _run(options, os.environ.get(KEY_VARIABLE, ""))
    except StartError as error:
        print(f"governance-contract mock: {error}", file=sys.stderr)  # noqa: T201
        return USAGE_ERROR
    except KeyboardInterrupt:  # during the start
        return INTERRUPTED
    finally:
        gc.enable()
    return 0


def _run(options: argparse.Namespace, given_keys: str) -> None:
    # Late imports: a mock that cannot start reports the error before Flask is imported.
    from mock_server.api.security import random_key, split_keys, usable_keys

    _refuse_combinations(options)
    if options.export:
        _export(options)
        return
    if not given_keys and not options.demo:
        raise StartError(f"set {KEY_VARIABLE} to a management key, or start with --demo to get one")
    contract = load(options.contract or default_path())
    keys = list(usable_keys(split_keys(given_keys), contract)) if given_keys else []
    shown_key = f"${{{KEY_VARIABLE}%%,*}}" if len(keys) > 1 else f"${KEY_VARIABLE}"
    if options.demo:
        shown_key = random_key(contract.key_format())
        keys.append(shown_key)
    with ExitStack() as ends:
        listening = [ends.enter_context(server) for server in _listening(options)]
        host, port = listening[0].getsockname()[:2]
        control, remark = _control_mode(options, host)
        tls, authority = _tls(options)
        if authority:
            ends.callback(authority.unlink, missing_ok=True)
        app = _app(options, contract, keys, control)
        ends.callback(app.extensions["store"].close)
        lines = [f"Temporary management key, valid until the mock stops: {shown_key}"] if options.demo else []
        lines += [remark] if remark else []
        lines += [f"Trust the certificate authority in {authority}"] if authority else []
        trust = f"--cacert {authority} " if authority else ""
        base = _base(host, port, "https" if tls else "http")
        if control:
            lines.append(f"Console: {base}/_mock/{f'#key={shown_key}' if options.demo else ''}")
        curl = f'curl {trust}-H "Authorization: Bearer {shown_key}" {base}{_first_path(contract)}'
        served = _reloading(options, app, keys, control) if options.reload else app
        greeting = "\n".join([f"mock_server listens at {base}", *lines, curl])
        _serve(options, served, app.extensions["store"], listening, contract, tls, greeting)


def _refuse_combinations(options: argparse.Namespace) -> None:
    """Raise StartError for options that do not go together."""
    if options.workers > 1 and options.store == "memory":
        raise StartError(
            f"--workers {options.workers} needs a store that processes share: --store FILE or postgresql://..."
        )
    if options.seed is not None and options.store != "memory":
        raise StartError("--seed is for the store in memory: a store that is kept has identifiers of earlier runs")
    if options.tls and (options.tls_cert or options.tls_key):
        raise StartError("--tls makes a certificate; --tls-cert names one")
    if options.reload and options.workers > 1:
        raise StartError("--reload is for one process; with several workers, start the mock again")
    if options.tls_key and not options.tls_cert:
        raise StartError("--tls-key needs --tls-cert")


def _listening(options: argparse.Namespace) -> list[socket]:
    from mock_server.http.server import listen

    return listen(options.host, options.port)


def _app(options: argparse.Namespace, contract: Contract, keys: Sequence[str], control: bool) -> Flask:
    """Return the application with its store and, if the options name a file of rules, chaos."""
    chaos = None
    if options.chaos:
        if not control:
            raise StartError("--chaos needs control (/_mock/), which is off")
        from mock_server.control.start import chaos_of_file

        chaos = chaos_of_file(options.chaos, contract)
    app = _create(options, contract, keys, control, store=options.store)
    app.extensions["sandboxes"].main.chaos = chaos
    return app


def _create(options: argparse.Namespace, contract: Contract, keys: Sequence[str], control: bool, **state: Any) -> Flask:
    from mock_server.app import create_app

    return create_app(
        contract,
        keys,
        cors_origins=options.cors_origin,
        seed=_seed_of(options),
        id_seed=options.seed,
        control=control,
        control_key=_control_key(),
        **state,
    )


def _reloading(options: argparse.Namespace, app: Flask, keys: Sequence[str], control: bool) -> WsgiApp:
    """Return an application that is replaced when the contract or the seed file is edited."""
    from mock_server.reload import Reloading

    contract_file, seed_file = options.contract or default_path(), options.seed_file

    def make(previous: Flask, seed_edited: bool) -> Flask:
        state = {name: previous.extensions[name] for name in ("store", "sandboxes")}
        made = _create(options, load(contract_file), keys, control, **state)
        main = state["sandboxes"].main
        if seed_edited:
            from mock_server.control.states import back_to_seed

            back_to_seed(main)
        main.touch()
        return made

    reloading = Reloading(app, contract_file, seed_file, make)
    reloading.start()
    return reloading


def _seed_of(options: argparse.Namespace) -> Path | Mapping[str, Any] | None:
    """Return the seed of a new store; None stands for the examples of another edition."""
    if options.empty:
        return {"business_units": []}
    from mock_server.seeds.reader import seed_or_demo

    return seed_or_demo(options.seed_file, is_packaged_contract=options.contract is None)


def _export(options: argparse.Namespace) -> None:
    """Print the state of the store."""
    from mock_server.app import create_app
    from mock_server.contract.yaml12 import dump
    from mock_server.seeds.reader import document_of
    from mock_server.seeds.state import State, stored
    from mock_server.store import open_store

    def refuse() -> NoReturn:
        # The URL of a database may hold a password.
        raise StartError(
            "there is no store in the database" if "://" in options.store else f"there is no store {options.store}"
        )

    if options.store == "memory":
        contract = load(options.contract or default_path())
        app = create_app(contract, ["x"], seed=_seed_of(options), id_seed=options.seed)
        state = app.extensions["sandboxes"].main.restart_from_seed()
    else:
        store = open_store(options.store, refuse)
        state = State(*stored(store))
        store.close()
    _greet(dump(document_of(state)).rstrip("\n"))


def _tls(options: argparse.Namespace) -> tuple[SSLContext | None, Path | None]:
    """Return the settings of TLS, if it is on, and the file of a certificate authority that was made for it."""
    if not (options.tls or options.tls_cert):
        return None, None
    from mock_server.http import tls

    if options.tls:
        return tls.made_now(options.host)
    return tls.from_files(options.tls_cert, options.tls_key), None


def _serve(
    options: argparse.Namespace,
    app: WsgiApp,
    store: Store,
    listening: Sequence[socket],
    contract: Contract,
    tls: SSLContext | None,
    greeting: str,
) -> None:
    """Serve until a signal, in one process or in several; print the greeting as soon as requests are served."""
    from mock_server.api.routes import MAX_BODY_BYTES
    from mock_server.app import errors_of_the_server
    from mock_server.http.server import serve

    error_responses, greet = errors_of_the_server(contract), partial(_greet, greeting)
    settings: dict[str, Any] = {
        "request_timeout": options.request_timeout,
        "log": partial(print, file=sys.stderr, flush=True) if options.verbose else None,
        "threads": STORE_THREADS if store.waits else 0,
        "tls": tls,
    }
    gc.freeze()
    gc.enable()
    if options.workers == 1:
        serve(app, listening, MAX_BODY_BYTES, greet, error_responses, **settings)
        return
    from mock_server.http.workers import supervise

    def work(ready: Callable[[], None], alive: int) -> None:
        serve(app, listening, MAX_BODY_BYTES, ready, error_responses, alive=alive, **settings)

    store.close()  # each worker opens connections of its own
    supervise(options.workers, work, greet)


def _control_key() -> str | None:
    return os.environ.get(CONTROL_KEY_VARIABLE) or None


def _control_mode(options: argparse.Namespace, host: str) -> tuple[bool, str]:
    """Return whether control is on, and what to say if it is off without having been switched off."""
    if options.no_control:
        return False, ""
    if options.workers > 1:
        return False, "Control (/_mock/) is off: it needs one process, and --workers starts several."
    if not ip_address(host).is_loopback and _control_key() is None:
        return False, f"Control (/_mock/) is off on this address: set {CONTROL_KEY_VARIABLE} to a key for it."
    return True, ""


def _greet(greeting: str) -> None:
    try:
        print(greeting, flush=True)  # noqa: T201
    except OSError as error:
        with open(os.devnull, "w") as nowhere:  # Python flushes standard output again when it ends
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise StartError(f"cannot write to standard output: {error.strerror}") from None


def _first_path(contract: Contract) -> str:
    """Return the path of the list of business units, or of another operation if there is no list."""
    operations = contract.operations
    return (operations.get("listBusinessUnits") or next(iter(operations.values()))).path


def _base(host: str, port: int, scheme: str) -> str:
    """Return the URL at which a client of this machine finds the mock. Programs read it in the first line."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


if __name__ == "__main__":
    sys.exit(main())
