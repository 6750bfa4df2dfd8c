"""The mock as a process, for tests and benchmarks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import IO, Self

ROOT = Path(__file__).resolve().parents[2]
_LINE_SECONDS = 20
"""How long to wait for a line of the output."""


def environment(key: str | None) -> dict[str, str]:
    """Return the environment of a mock with this management key."""
    others = {name: value for name, value in os.environ.items() if name != "GOVERNANCE_API_KEY"}
    return others | ({} if key is None else {"GOVERNANCE_API_KEY": key})


class MockProcess:
    """A mock on a free port of loopback. Its output has been read up to the line with its URL."""

    def __init__(self, *options: str, key: str | None, errors: int | IO[str] | None = None) -> None:
        """Start it with a management key; standard error goes to a file or a pipe, if there is one."""
        command = [sys.executable, "-m", "mock_server", "--port", "0", *options]
        self.popen = subprocess.Popen(
            command, cwd=ROOT, env=environment(key), stdout=subprocess.PIPE, stderr=errors, text=True
        )
        self.greeting = self._line(self.popen.stdout)
        found = re.search(r"(https?://(\S+):(\d+))", self.greeting)
        if found is None:
            raise RuntimeError(f"the mock did not start: {self.greeting}{self.popen.communicate(timeout=10)[1] or ''}")
        self.url, self.host, self.port = found[1], found[2].strip("[]"), int(found[3])

    def _line(self, stream: IO[str] | None) -> str:
        """Wait for a line of the output. A mock that prints none is killed, and the line is empty."""
        assert stream is not None
        deadline = Timer(_LINE_SECONDS, self.popen.kill)
        deadline.start()
        try:
            return stream.readline()
        finally:
            deadline.cancel()

    def kill(self) -> None:
        """Kill it as SIGKILL does: nothing is flushed."""
        self.popen.kill()
        self.popen.communicate(timeout=10)

    def terminate(self) -> int:
        """Stop it. Return its exit status."""
        self.popen.terminate()
        self.popen.communicate(timeout=30)
        return self.popen.returncode

    def __enter__(self) -> Self:
        """Return the mock, which ends with the block."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop the mock."""
        self.terminate()
