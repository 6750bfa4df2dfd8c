"""Compares the cost of a store with many units to that with few."""

from __future__ import annotations

import argparse
import gc
import random
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any
from uuid import uuid4

from mock_server.governance import Budget, BusinessUnit, Window
from mock_server.store import Store, open_store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def unit(number: int) -> BusinessUnit:
    """Return a unit with a budget."""
    window = Window(0, NOW, NOW)
    budget = Budget(str(uuid4()), 100, "1d", False, window, "", NOW, NOW)
    return BusinessUnit(f"bu-{number}", f"Business unit {number}", NOW, NOW, budget)


def measured(work: Callable[[], Any], repetitions: int) -> float:
    """Return the median time of a call in microseconds."""
    times = []
    for _ in range(repetitions):
        start = perf_counter_ns()
        work()
        times.append(perf_counter_ns() - start)
    return median(times) / 1000


def costs(store: Store, count: int, repetitions: int) -> dict[str, float]:
    """Return the cost of each kind of transaction in microseconds."""
    numbers = iter(range(count, count + repetitions))

    def some() -> str:
        return f"bu-{random.randrange(count)}"

    def update() -> None:
        name = some()

        def work(tx: Any) -> None:
            tx.update_unit(replace(tx.unit(name), attributes={"n": random.random()}))

        store.run(work)

    def page(offset: int, search: str = "") -> Callable[[], Any]:
        return lambda: store.run(lambda tx: tx.page(search, offset, 20), reads_only=True)

    return {
        "get": measured(lambda: store.run(lambda tx: tx.entry(some()), reads_only=True), repetitions),
        "update": measured(update, repetitions),
        "first page": measured(page(0), repetitions),
        "middle page": measured(page(count // 2 + 7), repetitions),
        "last page": measured(page(count - 20), repetitions),
        "search": measured(page(0, "unit 77"), 5),
        "create": measured(lambda: store.run(lambda tx: tx.add_unit(unit(next(numbers)))), repetitions),
    }


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="memory", help="memory, sqlite, or the URL of two empty databases with {}")
    parser.add_argument("--units", type=int, nargs=2, default=[1000, 100_000], help="few and many (1000 100000)")
    parser.add_argument("--repetitions", type=int, default=500, help="calls of each kind (500)")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for index, count in enumerate(options.units):
            kept = str(Path(folder, f"{index}.db")) if options.store == "sqlite" else options.store.format(index)
            units = [unit(number) for number in range(count)] if options.store != "memory" else []
            tracemalloc.start()
            if options.store == "memory":
                units = [unit(number) for number in range(count)]
            store = open_store(kept, lambda units=units: (units, []))  # type: ignore[misc]
            del units
            gc.collect()
            size = tracemalloc.get_traced_memory()[0] / count
            tracemalloc.stop()
            found.append(costs(store, count, options.repetitions) | {"bytes of memory per unit": size})
            store.close()
    few, many = options.units
    print(f"| {options.store} | {few} units, µs | {many} units, µs | ratio |\n| --- | --- | --- | --- |")
    for name, first in found[0].items():
        print(f"| {name} | {first:.1f} | {found[1][name]:.1f} | {found[1][name] / max(first, 0.01):.2f} |")


if __name__ == "__main__":
    main()
