"""Everything that belongs to one sandbox, and the table of the sandboxes.

A mock has one sandbox, `default`, and with control any number of others. Nothing is shared between them but the
contract, its validators and the management keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from threading import Lock, RLock
from typing import TYPE_CHECKING
from uuid import UUID

from mock_server.seeds.state import NewId, SeedAt, State
from mock_server.store import Store

if TYPE_CHECKING:
    from mock_server.control.chaos import Chaos
    from mock_server.control.journal.journal import Journal
    from mock_server.control.states import Snapshot
    from mock_server.control.usage import Meters

MAIN = "default"
"""The name of the sandbox of requests that choose none."""


Clock = Callable[[], datetime]


class Sandbox:
    """The state of one sandbox: units, time, simulated usage and failures, snapshots, journal.

    What is simulated is None until control sets it, so that a request pays for nothing that is off.
    """

    def __init__(self, name: str, store: Store, clock: Clock, make_ids: Callable[[], NewId], seed: SeedAt) -> None:
        """Use a store; `make_ids` returns a source of identifiers, the same ones each time if they are repeatable."""
        self.name, self.store, self.clock, self.new_id = name, store, clock, make_ids()
        self.real_clock = clock
        """The clock without simulation."""
        self.meters: Meters | None = None
        self.chaos: Chaos | None = None
        self.snapshots: dict[str, Snapshot] = {}
        self.journal: Journal | None = None
        """Its last exchanges; None without control."""
        self.lock = RLock()
        """Held by control while it changes more than one thing."""
        self.revision = 0
        """Counts the changes of units, clock and chaos."""
        self.listeners: set[Callable[[], None]] = set()
        """Called after each change, on the thread of the request that made it."""
        self._make_ids, self._seed, self._counting = make_ids, seed, Lock()

    def restart_from_seed(self) -> State:
        """Return the state of the seed now. Repeatable identifiers begin again."""
        self.new_id = self._make_ids()
        return self._seed(self.clock(), self.new_id)

    def use_seed(self, seed: SeedAt) -> None:
        """Use another seed from now on; the state stays."""
        self._seed = seed

    def touch(self) -> None:
        """Tell the listeners that units, clock or chaos have changed."""
        with self._counting:
            self.revision += 1
        for listener in tuple(self.listeners):
            listener()


class Sandboxes:
    """The sandboxes by name; `main` always exists."""

    def __init__(self, main: Sandbox, make: Callable[[str], Sandbox]) -> None:
        """Start with one sandbox; `make` returns a new one with a name."""
        self.main, self._make, self.lock = main, make, RLock()
        self._named = {main.name: main}
        self.on_add: Callable[[Sandbox], None] = lambda sandbox: None
        """Called with each new sandbox before its first request."""

    def get(self, name: str) -> Sandbox | None:
        """Return the sandbox with a name, if it exists."""
        return self._named.get(name)

    def add(self, name: str) -> Sandbox:
        """Create a sandbox with the state of the seed. The name must be free."""
        sandbox = self._make(name)
        self.on_add(sandbox)
        self._named[name] = sandbox
        return sandbox

    def use_seed(self, seed: SeedAt, make: Callable[[str], Sandbox]) -> None:
        """Use another seed in each sandbox, also in later ones; all states stay."""
        self._make = make
        for sandbox in self:
            sandbox.use_seed(seed)

    def remove(self, name: str) -> None:
        """Remove a sandbox that exists and is not `main`. Requests that it still serves are completed."""
        self._named.pop(name)

    def __iter__(self) -> Iterator[Sandbox]:
        """Iterate over the sandboxes in the order of creation."""
        return iter(tuple(self._named.values()))

    def __len__(self) -> int:
        """Return the number of sandboxes."""
        return len(self._named)


def repeatable_ids(seed: int) -> NewId:
    """Return a source of identifiers that depends on a number alone."""
    random = Random(seed)  # noqa: S311 - identifiers are no secrets
    return lambda: str(UUID(int=random.getrandbits(128), version=4))
