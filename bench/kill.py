"""Kill the mock in the middle of traffic, and look for every write that it had acknowledged.

With PostgreSQL, its server is killed at the same time. Exit status: 0 nothing lost, 1 a write is lost.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
from http.client import HTTPException

from mocks import UNITS, Client, Databases, Mock, databases, limit, limit_of, positive

WRITERS = 4


class Writer(threading.Thread):
    """Creates units and raises the limit of each again and again. Remembers what was acknowledged."""

    def __init__(self, address: tuple[str, int], acknowledged: dict[str, int], name: str) -> None:
        """Write to one mock until it is gone."""
        super().__init__()
        self._client, self._acknowledged, self._prefix = Client(address), acknowledged, name
        self.writes = 0
        self.is_killed = threading.Event()
        self.failure = ""

    def _call(self, method: str, path: str, body: object) -> dict[str, str]:
        status, answer = self._client.call(method, path, body)
        if status != 200:
            raise ConnectionError(f"{method} {path}: {status} {answer}")
        self.writes += 1
        found: dict[str, str] = answer
        return found

    def run(self) -> None:
        """Write until the connection is lost."""
        try:
            for number in range(10_000):
                unit = self._call("POST", UNITS, {"name": f"{self._prefix} {number}"})["id"]
                self._acknowledged[unit] = 0
                for value in range(1, 20):
                    self._call("PUT", f"{UNITS}/{unit}/governance", limit(value))
                    self._acknowledged[unit] = value
        except (OSError, HTTPException) as error:
            if not self.is_killed.is_set():
                self.failure = str(error)


def lost(address: tuple[str, int], acknowledged: dict[str, int]) -> list[str]:
    """Return the units whose acknowledged state is not there."""
    client, missing = Client(address), []
    for unit, value in acknowledged.items():
        status, answer = client.call("GET", f"{UNITS}/{unit}")
        found = limit_of(answer) if status == 200 else -1
        if not value <= found <= value + 1:  # the last request had no answer
            missing.append(f"{unit}: acknowledged {value}, found {found}")
    client.close()
    return missing


def turn(mock: Mock, stores: Databases, name: str) -> tuple[dict[str, int], int]:
    """Write and kill. Return what was acknowledged, and the number of writes."""
    acknowledged: dict[str, int] = {}
    writers = [Writer(mock.address, acknowledged, f"{name} {number}") for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    writers[0].join(random.uniform(0.05, 0.4))
    for writer in writers:
        writer.is_killed.set()
    if stores.server is not None:
        stores.server.kill()
    mock.kill()
    for writer in writers:
        writer.join()
        if writer.failure:
            raise SystemExit(writer.failure)
    if stores.server is not None:
        stores.server.start()
    return acknowledged, sum(writer.writes for writer in writers)


def main() -> int:
    """Return 1 if a write is lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite", help="default: sqlite")
    parser.add_argument("--kills", type=positive, default=50, help="how often the mock is killed (default: 50)")
    options = parser.parse_args()
    total, missing = 0, []
    with databases(options.store) as stores:
        store = stores.new()
        mock = Mock(store, "--empty")
        for number in range(options.kills):
            acknowledged, writes = turn(mock, stores, f"{os.getpid()} {number}")
            total += writes
            mock = Mock(store)
            missing += lost(mock.address, acknowledged)
        mock.kill()
    print(f"{options.store}: {options.kills} kills, {total} acknowledged writes, {len(missing)} lost")
    print("\n".join(missing), end="\n" if missing else "")
    return 1 if missing or not total else 0


if __name__ == "__main__":
    sys.exit(main())
