"""The command line: `governance-contract mock` or `python -m mock_server`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mock_server.contract import Contract, default_path, load
from mock_server.errors import CONTROL_KEY_VARIABLE, KEY_VARIABLE, StartError
from mock_server.framing import REQUEST_SECONDS

if TYPE_CHECKING:
    from mock_server.governance import BusinessUnit, Team

DEFAULT_PORT = 8585
USAGE_ERROR = 2
INTERRUPTED = 130
STORE_THREADS = 8


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print one line instead of the usage and a line."""
        self.exit(USAGE_ERROR, f"{self.prog}: {message}\n")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:6]) <= 65535):
        raise argparse.ArgumentTypeError(f"not a port number: {text}")
    return int(text)


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 64):
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


def _origin(text: str) -> str:
    from mock_server.cors import is_permission

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
    parser.add_argument(
        "--host",
        type=_host,
        default="localhost",
        help="address to listen on (default: %(default)s, which is 127.0.0.1 and ::1)",
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="port to listen on, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument("--demo", action="store_true", help="create a temporary management key and print it")
    parser.add_argument("--empty", action="store_true", help="start a new store without demo business units and teams")
    parser.add_argument(
        "--store",
        default="memory",
        metavar="URL",
        help="where the state is kept: memory, the path of a file, or postgresql://... (default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=_workers,
        default=1,
        metavar="N",
        help="number of processes, which share a file or a database (default: %(default)s)",
    )
    parser.add_argument("--contract", type=Path, metavar="FILE", help="serve this edition of the contract")
    parser.add_argument(
        "--cors-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="allow pages of this origin to call the mock, in addition to loopback hosts: what browsers send, "
        "https://*.DOMAIN for each subdomain, null for pages from files, * for every page; may be repeated",
    )
    parser.add_argument(
        "--request-timeout",
        type=_seconds,
        default=REQUEST_SECONDS,
        metavar="SECONDS",
        help="time in which a request must arrive completely (default: %(default)g)",
    )
    parser.add_argument("--no-control", action="store_true", help="serve nothing under /_mock/")
    parser.add_argument(
        "--verbose", action="store_true", help="print each request with its status, time and the reason of a refusal"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mock until it is stopped; the exit status is 2 if it cannot start."""
    options = _parser().parse_args(arguments)
    try:
        _run(options, os.environ.get(KEY_VARIABLE, ""))
    except StartError as error:
        print(f"governance-contract mock: {error}", file=sys.stderr)  # noqa: T201
        return USAGE_ERROR
    except KeyboardInterrupt:  # during the start
        return INTERRUPTED
    return 0


def _run(options: argparse.Namespace, given_keys: str) -> None:
    # Late imports: a mock that cannot start reports the error before Flask is imported.
    from mock_server.security import random_key, usable_keys

    if not given_keys and not options.demo:
        raise StartError(f"set {KEY_VARIABLE} to a management key, or start with --demo to get one")
    if options.workers > 1 and options.store == "memory":
        raise StartError(
            f"--workers {options.workers} needs a store that processes share: --store FILE or postgresql://..."
        )
    contract = load(options.contract or default_path())
    keys = usable_keys(given_keys, contract) if given_keys else []
    shown_key = f"${{{KEY_VARIABLE}%%,*}}" if len(keys) > 1 else f"${KEY_VARIABLE}"
    if options.demo:
        shown_key = random_key(contract.key_format())
        keys.append(shown_key)

    from mock_server.app import MAX_BODY_BYTES, create_app, unreadable
    from mock_server.seed import demo_state
    from mock_server.server import listen, serve
    from mock_server.store import open_store

    def seed() -> tuple[Sequence[BusinessUnit], Sequence[Team]]:
        return ([], []) if options.empty else demo_state(contract, datetime.now(UTC))

    store = open_store(options.store, seed)
    listening = listen(options.host, options.port)
    address = listening[0].getsockname()[:2]
    control, remark = _control(options, address[0])
    app = create_app(
        contract, keys, store, cors_origins=options.cors_origin, control=control, control_key=_control_key()
    )
    greeting = _greeting(address, _first_path(contract), shown_key, options.demo, remark)
    log = partial(print, file=sys.stderr, flush=True) if options.verbose else None
    refusals, timeout = unreadable(contract), options.request_timeout
    settings: dict[str, Any] = {"request_timeout": timeout, "log": log, "threads": STORE_THREADS if store.waits else 0}
    greet = partial(_greet, greeting)
    try:
        if options.workers == 1:
            serve(app, listening, MAX_BODY_BYTES, greet, refusals, **settings)
        else:
            from mock_server.workers import supervise

            def work(ready: Callable[[], None], alive: int) -> None:
                serve(app, listening, MAX_BODY_BYTES, ready, refusals, alive=alive, **settings)

            store.close()  # each worker opens connections of its own
            supervise(options.workers, work, greet)
    finally:
        store.close()


def _control_key() -> str | None:
    return os.environ.get(CONTROL_KEY_VARIABLE) or None


def _control(options: argparse.Namespace, host: str) -> tuple[bool, str]:
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


def _greeting(address: tuple[str, int], path: str, key: str, demo: bool, remark: str) -> str:
    """Return the lines that say where the mock listens and how to call it. Programs read the URL in the first line."""
    host, port = address
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    lines = [f"mock_server listens at {base}"]
    if demo:
        lines.append(f"Throw-away management key, valid until the mock stops: {key}")
    if remark:
        lines.append(remark)
    lines.append(f'curl -H "Authorization: Bearer {key}" {base}{path}')
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
