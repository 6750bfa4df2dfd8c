"""Compare the cost of a store with many units to that with few.

Exit status: 0 if reading, changing and creating a unit and any page of the list cost at most twice as much, 1 if not.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any
from uuid import uuid4

from mocks import KINDS, Databases, databases, positive

from mock_server.domain.model import Budget, BusinessUnit, Window
from mock_server.store import Store, open_store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FLAT = ("get", "update", "first page", "middle page", "last page", "create")
SIZE = "bytes per unit"
CHUNK = 500  # units that are created in one transaction


def unit(number: int) -> BusinessUnit:
    """Return a unit with a budget."""
    window = Window(0, NOW, NOW)
    budget = Budget(
        id=str(uuid4()),
        max_limit=100,
        reset_duration="1d",
        calendar_aligned=False,
        window=window,
        config_hash="",
        created_at=NOW,
        updated_at=NOW,
    )
    return BusinessUnit(
        id=f"bu-{number}", name=f"Business unit {number}", created_at=NOW, updated_at=NOW, budget=budget
    )


def kinds(store: Store, count: int, start: int) -> dict[str, Callable[[], Any]]:
    """Return a transaction of each kind on a store with so many units; new ones are numbered from `start`."""
    numbers = iter(range(start, start + 10**9))

    def some() -> str:
        return f"bu-{random.randrange(count)}"

    def update() -> None:
        name = some()
        store.run(lambda tx: tx.update_unit(replace(_existing(tx.unit(name)), attributes={"n": random.random()})))

    def page(offset: int, search: str = "") -> Callable[[], Any]:
        return lambda: store.run(lambda tx: tx.page(search, offset, 20), reads_only=True)

    def create() -> None:
        new = unit(next(numbers))
        store.run(lambda tx: tx.add_unit(new))

    return {
        "get": lambda: store.run(lambda tx: tx.entry(some()), reads_only=True),
        "update": update,
        "first page": page(0),
        "middle page": page(count // 2 + 7),
        "last page": page(count - 20),
        "search": page(0, "unit 77"),
        "create": create,
    }


def _existing(found: BusinessUnit | None) -> BusinessUnit:
    assert found is not None  # noqa: S101
    return found


def costs(few: Store, many: Store, counts: Sequence[int], repetitions: int) -> dict[str, list[float]]:
    """Return the median time of each kind of transaction in microseconds, on both stores in turn."""
    stores = [kinds(store, count, max(counts)) for store, count in zip((few, many), counts, strict=True)]
    found = {}
    for name in stores[0]:
        times: list[list[int]] = [[], []]
        for _ in range(5 if name == "search" else repetitions):
            for store, taken in zip(stores, times, strict=True):
                start = perf_counter_ns()
                store[name]()
                taken.append(perf_counter_ns() - start)
        found[name] = [median(taken) / 1000 for taken in times]
    return found


def filled(places: Databases, count: int) -> tuple[Store, float]:
    """Return a store with so many units, and the bytes that one of them takes."""
    kept = places.new()
    if places.kind == "memory":
        tracemalloc.start()
    store = open_store(kept)
    for first in range(0, count, CHUNK):
        units = [unit(number) for number in range(first, min(first + CHUNK, count))]
        store.run(lambda tx, units=units: [tx.add_unit(one) for one in units])
    del units
    gc.collect()
    if places.kind == "memory":
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    elif places.server is not None:
        size = places.server.size(kept)
    else:
        store.close()  # brings what is in the write-ahead log into the file
        size = Path(kept).stat().st_size
    return store, size / count


def main() -> int:
    """Print one table; return 1 if a cost that must be flat is not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=KINDS, default="memory", help="default: memory")
    parser.add_argument("--units", type=int, nargs=2, default=[1000, 100_000], help="few and many (1000 100000)")
    parser.add_argument("--repetitions", type=positive, default=500, help="calls of each kind (500)")
    options = parser.parse_args()
    with databases(options.store) as places:
        stores, sizes = zip(*(filled(places, count) for count in options.units), strict=True)
        found = costs(*stores, options.units, options.repetitions) | {SIZE: list(sizes)}
        for store in stores:
            store.close()
    few, many = options.units
    print(f"| {options.store} | {few} units, µs | {many} units, µs | ratio |\n| --- | --- | --- | --- |")
    ratios = {name: second / first for name, (first, second) in found.items()}
    for name, (first, second) in found.items():
        print(f"| {name} | {first:.1f} | {second:.1f} | {ratios[name]:.2f} |")
    steep = [name for name, ratio in ratios.items() if ratio > 2 and name in FLAT]
    print(f"bench: not flat: {', '.join(steep)}" if steep else "bench: flat", file=sys.stderr)
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())
