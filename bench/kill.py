"""Kills the mock in the middle of traffic and looks for every write that it had acknowledged."""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

KEY = "bfst-" + "k" * 44
UNITS = "/api/governance/business-units"
WRITERS = 4


class Mock:
    """A mock with a store, started on a free port of loopback."""

    def __init__(self, store: str) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "mock_server", "--port", "0", "--empty", "--store", store]
        environment = os.environ | {"GOVERNANCE_API_KEY": KEY}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None  # noqa: S101
        found = re.search(r"http://([^:]+):(\d+)", self.process.stdout.readline())
        if found is None:
            raise SystemExit("the mock did not start")
        self.address = found[1], int(found[2])

    def kill(self) -> None:
        """Kill it as SIGKILL does: nothing is flushed."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Writer(threading.Thread):
    """Creates units and raises the limit of each again and again. Remembers what was acknowledged."""

    def __init__(self, address: tuple[str, int], acknowledged: dict[str, int], turn: str) -> None:
        """Write to one mock until it is gone."""
        super().__init__()
        self._connection = HTTPConnection(*address, timeout=20)
        self._acknowledged, self._turn = acknowledged, turn
        self.writes = 0

    def _call(self, method: str, path: str, body: Any) -> Any:
        self._connection.request(method, path, json.dumps(body), {"Authorization": f"Bearer {KEY}"})
        response = self._connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise SystemExit(f"{method} {path}: {response.status} {text!r}")
        self.writes += 1
        return json.loads(text)

    def run(self) -> None:
        """Write until the connection is lost."""
        try:
            for number in range(10_000):
                unit = self._call("POST", UNITS, {"name": f"{self._turn} {number}"})["id"]
                self._acknowledged[unit] = 0
                for value in range(1, 20):
                    limit = {"rate_limit": {"token_max_limit": value, "token_reset_duration": "1h"}}
                    self._call("PUT", f"{UNITS}/{unit}/governance", limit)
                    self._acknowledged[unit] = value
        except (OSError, HTTPException):
            return


def lost(address: tuple[str, int], acknowledged: dict[str, int]) -> list[str]:
    """Return the units whose acknowledged state is not there."""
    connection, missing = HTTPConnection(*address, timeout=20), []
    for unit, value in acknowledged.items():
        connection.request("GET", f"{UNITS}/{unit}", headers={"Authorization": f"Bearer {KEY}"})
        response = connection.getresponse()
        shown = json.loads(response.read())
        found = shown.get("rate_limit", {}).get("token_max_limit", 0) if response.status == 200 else -1
        if not value <= found <= value + 1:  # the last request had no answer
            missing.append(f"{unit}: acknowledged {value}, found {found}")
    connection.close()
    return missing


def main() -> int:
    """Return 1 if a write is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", help="the store (default: a file in a temporary folder)")
    parser.add_argument("--kills", type=int, default=50, help="how often the mock is killed (default: 50)")
    options = parser.parse_args()
    total, missing = 0, []
    with tempfile.TemporaryDirectory() as folder:
        store = options.store or str(Path(folder, "state.db"))
        mock = Mock(store)
        for turn in range(options.kills):
            acknowledged: dict[str, int] = {}
            name = f"{os.getpid()} {turn}"
            writers = [Writer(mock.address, acknowledged, f"{name} {number}") for number in range(WRITERS)]
            for writer in writers:
                writer.start()
            writers[0].join(random.uniform(0.05, 0.4))
            mock.kill()
            for writer in writers:
                writer.join()
            total += sum(writer.writes for writer in writers)
            mock = Mock(store)
            missing += lost(mock.address, acknowledged)
        mock.kill()
    print(f"{options.kills} kills, {total} acknowledged writes, {len(missing)} lost")
    print("\n".join(missing), end="\n" if missing else "")
    return 1 if missing or not total else 0


if __name__ == "__main__":
    sys.exit(main())
