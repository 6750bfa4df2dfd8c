"""The stores of business units and teams: in memory, in a SQLite file, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mock_server.errors import StartError
from mock_server.governance import BusinessUnit, Team
from mock_server.store.interface import Entry, Page, Store, StoreError, Transaction
from mock_server.store.memory import MemoryStore

__all__ = ["Entry", "MemoryStore", "Page", "Seed", "Store", "StoreError", "Transaction", "open_store"]

Seed = Callable[[], tuple[Sequence[BusinessUnit], Sequence[Team]]]


def open_store(url: str, seed: Seed = lambda: ((), ())) -> Store:
    """Return the store that a URL names: `memory`, the path of a SQLite file, or `postgresql://...`.

    `seed` returns the state of a new store. It is not called for a store that exists.

    Raises:
        StartError: the store cannot be used; a file or a database of something else is not changed.
    """
    if url == "memory":
        return MemoryStore(*seed())
    raise StartError(f"unknown store {url!r}")
