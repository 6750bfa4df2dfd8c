"""The mock as a process over a new store, and a client, for the benchmarks of the stores."""

from __future__ import annotations

import json
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any

_TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(_TESTS / name) for name in ("helpers", "meta")]  # these folders are not installed

import stores  # noqa: E402
from api_paths import UNITS as UNITS  # noqa: E402
from arguments import positive as positive  # noqa: E402
from mock_process import ROOT as ROOT  # noqa: E402
from mock_process import MockProcess  # noqa: E402

KEY = f"bfst-{secrets.token_hex(22)}"
KINDS = ("memory", "sqlite", "postgresql")


class Databases:
    """Makes new stores of one kind, in a temporary folder or in a PostgreSQL server on loopback."""

    def __init__(self, kind: str, folder: Path, server: stores.Server | None) -> None:
        """Use a folder, or a server for the kind `postgresql`."""
        self.kind, self.server = kind, server
        self._folder, self._count = folder, 0

    def new(self) -> str:
        """Return the URL of a store that does not exist yet."""
        self._count += 1
        if self.server is not None:
            return self.server.new_database()
        return "memory" if self.kind == "memory" else str(self._folder / f"{self._count}.db")


@contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """Provide new stores of a kind; end with one line and status 2 if PostgreSQL is not installed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # then the server is stopped as on Ctrl-C
    if kind != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            yield Databases(kind, Path(folder), None)
        return
    if reason := stores.missing():
        print(f"bench: {reason}", file=sys.stderr)
        raise SystemExit(2)
    with stores.running_server() as server:
        yield Databases(kind, server.data, server)


class Mock(MockProcess):
    """A mock on a free port of loopback."""

    def __init__(self, store: str, *options: str, errors: IO[str] | None = None) -> None:
        """Start it over a store and wait until it listens; standard error goes to a file, if there is one."""
        super().__init__("--store", store, *options, key=KEY, errors=errors)
        self.address = self.host, self.port


class Client:
    """One connection with the management key."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Connect with the first request."""
        self._connection = HTTPConnection(*address, timeout=30)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the decoded body of the response."""
        sent = None if body is None else json.dumps(body)
        self._connection.request(method, path, sent, {"Authorization": f"Bearer {KEY}"})
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def limit(value: int) -> dict[str, Any]:
    """Return the body of an update that sets a token limit."""
    return {"rate_limit": {"token_max_limit": value, "token_reset_duration": "1h"}}


def limit_of(unit: Any) -> int:
    """Return the token limit of a unit, 0 without one."""
    found: int = (unit.get("rate_limit") or {}).get("token_max_limit", 0)
    return found
