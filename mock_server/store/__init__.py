"""The stores of business units and teams: in memory, in a SQLite file, in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from mock_server.errors import StartError
from mock_server.store.interface import CountedUnit, Page, Seed, Store, StoreError, Transaction
from mock_server.store.memory import MemoryStore

__all__ = ["CountedUnit", "MemoryStore", "Page", "Seed", "Store", "StoreError", "Transaction", "open_store"]


def open_store(url: str, seed: Seed = lambda: ((), ())) -> Store:
    """Return the store that a URL names: `memory`, the path of a SQLite file, or `postgresql://...`.

    `seed` returns the state of a new store. It is not called for a store that exists.

    Raises:
        StartError: the store cannot be used; a file or a database of something else is not changed.
    """
    if url == "memory":
        return MemoryStore(*seed())
    scheme, separator, _ = url.partition("://")
    if separator and scheme in ("postgresql", "postgres"):
        from mock_server.store.postgresql import open_database

        return open_database(url, seed)
    if separator or not url:
        raise StartError(f"unknown store {url!r}: use memory, the path of a file, or postgresql://...")
    from mock_server.store.sqlite import open_file

    return open_file(Path(url), seed)
