"""Send concurrent requests to two mocks with one store, and decide whether the answers are linearizable.

Each history is about one name: creations and deletions of a unit with this name, updates of its budget and of its rate
limit, and reads. An update of one component keeps the other, so that a lost update shows.
Exit status: 0 every history is linearizable, 1 one is not.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from linearizability import Operation, is_linearizable
from mocks import KEY, KINDS, UNITS, Client, Mock, databases, limit, limit_of, positive
from werkzeug.serving import make_server

from mock_server import create_app
from mock_server.domain.model import BusinessUnit
from mock_server.store import MemoryStore

State = tuple[str, float, int] | None  # the identifier, the budget and the token limit of the unit with the name
Histories = dict[str, list[Operation]]
Address = tuple[str, int]


def apply(state: State, call: tuple[Any, ...]) -> tuple[State, Any]:
    """Return what one operation does to a name, and its status with what it shows."""
    kind, unit_id, value = call
    if kind == "create":
        return ((unit_id, 0, 0), 200) if state is None else (state, 409)
    if state is None or state[0] != unit_id:
        return state, 404
    if kind == "delete":
        return None, 200
    if kind == "read":
        return state, state[1:]
    changed = (unit_id, value, state[2]) if kind == "budget" else (unit_id, state[1], value)
    return changed, 200


class Names:
    """The identifiers that each name has had, known to all clients."""

    def __init__(self, names: Sequence[str]) -> None:
        """Begin without units."""
        self.histories: Histories = {name: [] for name in names}
        self.units: dict[str, list[str]] = {name: [] for name in names}


def send(client: Client, name: str, known: Sequence[str], rng: random.Random) -> tuple[Any, Any]:
    """Send one operation about a name. Return the call and its result."""
    if not known or rng.random() < 0.1:
        status, answer = client.call("POST", UNITS, {"name": name})
        return ("create", answer["id"] if status == 200 else "", 0), status
    unit_id = known[-1] if rng.random() < 0.9 else rng.choice(known)
    kind = rng.choices(("read", "budget", "limit", "delete"), (8, 5, 5, 1))[0]
    value = rng.randrange(1, 10**6)
    path = f"{UNITS}/{unit_id}"
    if kind == "read":
        status, answer = client.call("GET", path)
        shown = ((answer.get("budget") or {}).get("max_limit", 0), limit_of(answer)) if status == 200 else status
        return (kind, unit_id, 0), shown
    if kind == "delete":
        return (kind, unit_id, 0), client.call("DELETE", path)[0]
    body = limit(value) if kind == "limit" else {"budget": {"max_limit": value, "reset_duration": "1d"}}
    return (kind, unit_id, value), client.call("PUT", f"{path}/governance", body)[0]


def record(addresses: Sequence[Address], names: Names, clients: int, operations: int, seed: int) -> None:
    """Let clients send operations at the same time, and record them."""
    barrier = threading.Barrier(clients)

    def work(number: int) -> None:
        rng, client = random.Random(f"{seed} {number}"), Client(addresses[number % len(addresses)])
        barrier.wait()
        for _ in range(operations):
            name = rng.choice(list(names.histories))
            begin = time.perf_counter()
            call, result = send(client, name, tuple(names.units[name]), rng)
            names.histories[name].append(Operation(begin, time.perf_counter(), call, result))
            if call[0] == "create" and result == 200:
                names.units[name].append(call[1])
        client.close()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, range(clients)))


def refuted(histories: Mapping[str, Sequence[Operation]]) -> list[str]:
    """Return the names whose history is not linearizable."""
    return [name for name, history in histories.items() if not is_linearizable(history, apply, None)]


class BrokenStore(MemoryStore):
    """A store that confirms updates without writing them."""

    def run(self, work: Any, *, reads_only: bool = False) -> Any:
        """Run the function in a transaction that loses its updates."""
        return super().run(lambda tx: work(_Forgetful(tx)), reads_only=reads_only)


class _Forgetful:
    def __init__(self, tx: Any) -> None:
        self._tx = tx

    def update_unit(self, unit: BusinessUnit) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


@contextmanager
def broken() -> Iterator[Address]:
    """Serve a mock with the broken store from a thread."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(keys=[KEY], store=BrokenStore()), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield "127.0.0.1", server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> int:
    """Return 1 if a history is not linearizable."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=(*KINDS, "broken"), default="sqlite", help="default: sqlite")
    parser.add_argument("--clients", type=positive, default=8, help="concurrent clients (8)")
    parser.add_argument("--operations", type=positive, default=500, help="operations of each client (500)")
    parser.add_argument("--names", type=positive, default=8, help="names, each with a history of its own (8)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    names = Names([f"name {number}" for number in range(options.names)])
    with ExitStack() as stack:
        if options.store == "broken":
            addresses = [stack.enter_context(broken())]
        else:
            store = stack.enter_context(databases(options.store)).new()
            mocks = [Mock(store, "--empty") for _ in range(1 if store == "memory" else 2)]
            for mock in mocks:
                stack.callback(mock.terminate)
            addresses = [mock.address for mock in mocks]
        record(addresses, names, options.clients, options.operations, options.seed)
    found = refuted(names.histories)
    count = sum(map(len, names.histories.values()))
    print(f"{options.store}: {count} operations in {options.names} histories, {len(found)} not linearizable")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
