"""Measure reads while a write of another connection waits for a lock on the file of the store."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles
from time import perf_counter

from mocks import UNITS, Client, Mock, databases, limit, positive

UNIT = f"{UNITS}/bu-platform-engineering"


def reads(client: Client, count: int) -> list[float]:
    """Return the times of so many reads in milliseconds."""
    times = []
    for _ in range(count):
        begin = perf_counter()
        status, _ = client.call("GET", UNIT)
        times.append(1000 * (perf_counter() - begin))
        if status != 200:
            raise SystemExit(f"a read was answered {status}")
    return times


def shown(times: list[float]) -> str:
    """Return the median, the 99th percentile and the longest time."""
    return f"p50 {median(times):.2f} ms, p99 {quantiles(times, n=100)[98]:.2f} ms, longest {max(times):.2f} ms"


def main() -> int:
    """Return 1 if the write did not wait all the time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=positive, default=1000, help="number of reads (1000)")
    options = parser.parse_args()
    with databases("sqlite") as stores, ThreadPoolExecutor(1) as pool:
        store = stores.new()
        mock = Mock(store)
        client = Client(mock.address)
        print(f"no write waits: {shown(reads(client, options.reads))}")
        holder = sqlite3.connect(store, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        write = pool.submit(lambda: Client(mock.address).call("PUT", f"{UNIT}/governance", limit(7)))
        print(f"a write waits: {shown(reads(client, options.reads))}")
        waited = not write.done()
        holder.close()
        status = write.result()[0]
        print(f"the write {'waited' if waited else 'did not wait'} and was answered {status}")
        client.close()
        mock.terminate()
    return 0 if waited and status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
