"""A store that reports its failures in few lines."""

from __future__ import annotations

from collections.abc import Callable
from logging import Logger
from typing import TypeVar

from mock_server.store.interface import Store, StoreError, Transaction

T = TypeVar("T")


class WatchedStore:
    """Writes one line for each reason for which a store fails, and one when it works again.

    A line for each request would hide everything else while a database is down. Reading and writing are watched apart,
    since a lock or a full disk stops the writes alone.
    """

    def __init__(self, store: Store, log: Logger) -> None:
        """Watch a store."""
        self._store, self._log = store, log
        self._reasons: dict[bool, set[str]] = {True: set(), False: set()}
        self.waits, self.kind = store.waits, store.kind

    def run(self, work: Callable[[Transaction], T], *, reads_only: bool = False) -> T:
        """Run a function in one transaction of the store."""
        reasons = self._reasons[reads_only]
        try:
            result = self._store.run(work, reads_only=reads_only)
        except StoreError as error:
            if str(error) not in reasons:
                reasons.add(str(error))
                self._log.error("the store failed: %s", error)
            raise
        if reasons:
            reasons.clear()
            self._log.warning("the store %s again", "can be read" if reads_only else "can be written")
        return result

    def close(self) -> None:
        """Close the store."""
        self._store.close()
