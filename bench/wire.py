"""Send the raw requests of tests/unit/mock/test_wire.py to the mock's application on several HTTP servers.

Print one Markdown table: how many requests get the statuses that the tests require, and which are harmful: an update
that is invalid or incomplete is applied, a body is taken for a request, or a valid update is lost.

Exit status: 0 the mock is right everywhere, 1 not, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from typing import NamedTuple

from servers import ROOT, free_port

sys.path.insert(0, str(ROOT / "tests" / "unit" / "mock"))  # the cases are those of the tests

from mock_api import KEY, PLATFORM, UNITS
from test_wire import CASES, DELETE, UNIT

COMMANDS = {
    "mock": "-m mock_server --demo --port {port} --request-timeout 2",
    "granian": "-m granian --interface=wsgi --host=127.0.0.1 --port={port} --no-log --factory mock_server:create_app",
    "waitress": "-m waitress --listen=127.0.0.1:{port} --call mock_server:create_app",
    "gunicorn": "-m gunicorn -b 127.0.0.1:{port} --worker-class=gthread --threads=4 mock_server:create_app()",
    "cheroot": '-c "import mock_server as m, cheroot.wsgi as w;'
    " w.Server(('127.0.0.1', {port}), m.create_app()).safe_start()\"",
    "flask": "-m flask --app=mock_server run --port={port}",
}
SECONDS = 3.0  # for a response; a request that is incomplete may get none
START_SECONDS = 20.0
PAUSE_SECONDS = 0.02  # between two segments
_BODY_LENGTH = f"Content-Length: {len(DELETE)}".encode()


class Outcome(NamedTuple):
    """What became of one case."""

    case: str
    found: list[int]
    is_right: bool
    harm: str


@contextmanager
def serving(name: str) -> Iterator[int]:
    """Start the application on a server. Yield its port."""
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in shlex.split(COMMANDS[name])]
    environment = os.environ | {"GOVERNANCE_API_KEY": KEY}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            end = time.monotonic() + START_SECONDS
            while call(port, "GET", UNITS)[0] != 200:
                if process.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    raise SystemExit(f"{name} did not start: {log.read()[-300:].decode(errors='replace')}")
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def call(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Send an ordinary request. Return status and body; status 0 without a response."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Authorization": f"Bearer {KEY}"})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


def exchange(port: int, segments: list[bytes]) -> list[int]:
    """Send segments and the end of the stream. Return the statuses that arrive within SECONDS."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection, suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waits = b"\r\nExpect:" in segments[0]
        for segment in segments:
            connection.sendall(segment)
            time.sleep(PAUSE_SECONDS)
        if not waits:
            connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65536):
            answer += more
            if waits and re.search(rb"HTTP/1.1 [2-5]", answer) and answer.endswith(b"}\n"):
                break
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d+) ", answer)]


def judge(name: str) -> list[Outcome]:
    """Return the outcome of each case on one server."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(CASES):  # the server starts anew when a request has deleted the other unit
        with serving(name) as port:
            for case, segments, expected, applied in CASES[len(outcomes) :]:
                call(port, "PUT", f"{UNIT}/governance", b'{"budget": {}}')
                found = exchange(port, segments)
                is_applied = b'"max_limit":3' in call(port, "GET", UNIT)[1].replace(b" ", b"")
                is_deleted = call(port, "GET", f"{UNITS}/{PLATFORM}")[0] != 200
                harms = {
                    "applied": is_applied and not applied,
                    "lost": applied and not is_applied,
                    "its body is taken for a request": is_deleted and _BODY_LENGTH in segments[0],
                }
                harm = ", ".join(text for text, holds in harms.items() if holds)
                is_right = found == expected and not harm and not is_deleted
                outcomes.append(Outcome(case, found, is_right, harm))
                if is_deleted:
                    break
    return outcomes


def main() -> int:
    """Judge each server that is installed; return 1 if the mock is not right everywhere."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("servers", nargs="*", metavar="SERVER", help=f"any of {', '.join(COMMANDS)} (default: all)")
    parser.add_argument("--verbose", action="store_true", help="also list every case that is not right")
    options = parser.parse_args()
    if unknown := sorted(set(options.servers) - set(COMMANDS)):
        parser.error(f"unknown {', '.join(unknown)}; choose from {', '.join(COMMANDS)}")
    code = 0
    print(f"| server | right, of {len(CASES)} | harmful |\n| --- | --- | --- |")
    for name in options.servers or COMMANDS:
        if name != "mock" and importlib.util.find_spec(name) is None:
            print(f"skipped {name}: it is not installed in this environment", file=sys.stderr)
            continue
        outcomes = judge(name)
        wrong = [one for one in outcomes if not one.is_right]
        harmful = Counter(one.harm for one in wrong if one.harm)
        title = "the mock's server" if name == "mock" else f"{name} {version(name)}"
        counts = ", ".join(f"{count} {harm}" for harm, count in sorted(harmful.items()))
        print(f"| {title} | {len(outcomes) - len(wrong)} | {counts or 'none'} |", flush=True)
        for one in wrong if options.verbose else ():
            print(f"{name}: {one.case}: {one.found} {one.harm}", file=sys.stderr)
        code |= bool(wrong) and name == "mock"
    return code


if __name__ == "__main__":
    sys.exit(main())
