"""Send mixed traffic from many connections for a long time. Print the memory of the mock as it goes.

Exit status: 0 if there was no 5xx and memory was flat after the first fifth of the time, 1 if not.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mocks import KINDS, UNITS, Client, Mock, databases, limit, positive

SAMPLES = 20
FLAT = 1.1  # the largest memory after the first fifth, relative to that at its end


class Caller(threading.Thread):
    """Sends operations over one connection until the time is over. Leaves no unit behind."""

    def __init__(self, address: tuple[str, int], number: int, end: float) -> None:
        """Call one mock until a time of `time.monotonic`."""
        super().__init__()
        self._client, self._number, self._end = Client(address), number, end
        self._rng = random.Random(number)
        self.statuses: Counter[int] = Counter()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self._client.call(method, path, body)
        self.statuses[status] += 1
        return answer

    def run(self) -> None:
        """Create a unit, use it in random ways, and delete it, again and again."""
        turn = 0
        while time.monotonic() < self._end:
            turn += 1
            unit = self._call("POST", UNITS, {"name": f"soak {self._number} {turn}"}).get("id", "none")
            for _ in range(self._rng.randrange(1, 30)):
                self._call(*self._operation(f"{UNITS}/{unit}"))
            self._call("DELETE", f"{UNITS}/{unit}")
        self._client.close()

    def _operation(self, unit: str) -> tuple[Any, ...]:
        value = self._rng.randrange(1, 10**6)
        return self._rng.choice(
            (
                ("GET", unit),
                ("GET", f"{UNITS}?page={self._rng.randrange(1, 4)}&limit=20"),
                ("GET", f"{UNITS}?search={value % 100}"),
                ("GET", f"{unit}/teams"),
                ("PUT", f"{unit}/governance", limit(value)),
                ("PUT", f"{unit}/governance", {"budget": {"max_limit": value, "reset_duration": "1d"}}),
                ("PUT", f"{unit}/governance", {"budget": {"max_limit": -value, "reset_duration": "1d"}}),
                ("PUT", unit, {"name": f"soak {self._number} {value}"}),
                ("DELETE", f"{unit}/governance"),
                ("POST", f"{unit}/teams", {"team_id": "team-data-science"}),
                ("DELETE", f"{unit}/teams/team-data-science"),
                ("GET", f"{UNITS}/unknown-{value}"),
                ("PATCH", unit),
            )
        )


def megabytes(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


def main() -> int:
    """Return 1 after a 5xx or if memory grew."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=KINDS, default="memory", help="default: memory")
    parser.add_argument("--seconds", type=float, default=1800, help="length of the traffic (1800)")
    parser.add_argument("--connections", type=positive, default=64, help="concurrent connections (64)")
    options = parser.parse_args()
    with ExitStack() as stack:
        mock = Mock(stack.enter_context(databases(options.store)).new())
        stack.callback(mock.terminate)
        begin = time.monotonic()
        callers = [Caller(mock.address, number, begin + options.seconds) for number in range(options.connections)]
        curve = [megabytes(mock.popen.pid)]
        for caller in callers:
            caller.start()
        for sample in range(1, SAMPLES + 1):
            time.sleep(max(0, begin + options.seconds * sample / SAMPLES - time.monotonic()))
            curve.append(megabytes(mock.popen.pid))
        for caller in callers:
            caller.join()
    statuses: Counter[int] = sum((caller.statuses for caller in callers), Counter())
    total, failures = statuses.total(), sum(count for status, count in statuses.items() if status >= 500)
    warm = curve[SAMPLES // 5]
    growth = max(curve[SAMPLES // 5 :]) / warm
    print(f"{options.store}: {total} requests from {options.connections} connections in {options.seconds:.0f} s")
    print("statuses: " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    print("MB: " + " ".join(f"{value:.1f}" for value in curve) + f" (largest / warm = {growth:.3f})")
    return 1 if failures or growth > FLAT or not total else 0


if __name__ == "__main__":
    sys.exit(main())
