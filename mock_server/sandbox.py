"""Everything that belongs to one sandbox, and the table of the sandboxes.

A mock has one sandbox, `default`, and with control any number of others. Nothing is shared between them but the
contract, its validators and the management keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from threading import RLock
from typing import Any, Protocol

from mock_server.store import Seed, Store

MAIN = "default"
"""The name of the sandbox of requests that choose none."""
ENVIRON = "mock.sandbox"
"""The key of the request's sandbox in the WSGI environment."""
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Journal(Protocol):
    """What a journal of exchanges does."""

    def serve(self, app: WsgiApp, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request to the application, and record the exchange."""


class Sandbox:
    """The state of one sandbox: units, time, simulated usage and failures, snapshots, journal.

    What is simulated is None until control sets it, so that a request pays for nothing that is off.
    """

    def __init__(
        self, name: str, store: Store, clock: Callable[[], datetime], new_id: Callable[[], str], seed: Seed
    ) -> None:
        """Use a store that holds the state of `seed` or an earlier one."""
        self.name, self.store, self.clock, self.new_id, self.seed = name, store, clock, new_id, seed
        self.real_clock = clock
        """The clock that `clock` was at the start."""
        self.kind = "memory"
        """How control calls the store: memory, file or database."""
        self.meters: Any = None
        self.chaos: Any = None
        self.snapshots: dict[str, Any] = {}
        self.journal: Journal | None = None
        self.lock = RLock()
        """Held by control while it changes more than one thing."""
        self.revision = 0
        """Counts the changes of units, clock and chaos."""
        self.listeners: set[Callable[[], None]] = set()
        """Called after each change, on the thread of the request that made it."""

    def touch(self) -> None:
        """Tell the listeners that units, clock or chaos have changed."""
        self.revision += 1
        for listener in tuple(self.listeners):
            listener()


class Sandboxes:
    """The sandboxes by name; `main` always exists."""

    def __init__(self, main: Sandbox, make: Callable[[str], Sandbox]) -> None:
        """Start with one sandbox; `make` returns a new one with a name."""
        self.main, self._make = main, make
        self._named = {main.name: main}

    def get(self, name: str) -> Sandbox | None:
        """Return the sandbox with a name, if it exists."""
        return self._named.get(name)

    def add(self, name: str) -> Sandbox:
        """Create a sandbox with the state of the seed. The name must be free."""
        self._named[name] = sandbox = self._make(name)
        return sandbox

    def remove(self, name: str) -> None:
        """Remove a sandbox that exists and is not `main`. Requests that it still serves are completed."""
        self._named.pop(name)

    def __iter__(self) -> Iterator[Sandbox]:
        """Iterate over the sandboxes in the order of creation."""
        return iter(tuple(self._named.values()))

    def __len__(self) -> int:
        """Return the number of sandboxes."""
        return len(self._named)
