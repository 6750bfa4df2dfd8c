"""Send the raw requests of tests/unit/mock/wire_cases.py to the mock's application on several HTTP servers.

Print one Markdown table: how many requests get the statuses that the tests require, and which are harmful: an update
that is invalid or incomplete is applied, a body is taken for a request, or a valid update is lost.

Exit status: 0 the mock is right everywhere, 1 not, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from servers import ROOT, BenchError, Call, Server, find, running, send

sys.path.insert(0, str(ROOT / "tests" / "unit" / "mock"))  # the cases are those of the tests

from mock_api import KEY, PLATFORM, UNITS
from wire_cases import CASES, DELETE, UNIT

SERVERS = ("mock", "granian", "waitress", "gunicorn", "cheroot", "flask")
THREADS = 4
SECONDS = 3.0  # for a response; a request that is incomplete may get none
PAUSE_SECONDS = 0.02  # between two segments
_SHOWN, _EMPTIED = Call("GET", UNIT), Call("PUT", f"{UNIT}/governance", '{"budget": {}}')
_BODY_LENGTH = f"Content-Length: {len(DELETE)}".encode()


class Outcome(NamedTuple):
    """What became of one case."""

    case: str
    found: list[int]
    is_right: bool
    harm: str


def serving_the_mock(name: str) -> Server:
    """Return a server with the application of the mock. Raises BenchError if it is not installed."""
    server = find(name, THREADS, ROOT)
    command = [part.replace("bench.bare", "mock_server") for part in server.command]
    return server._replace(command=[*command, *(["--request-timeout", "2"] if name == "mock" else [])])


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


def judge(server: Server, logs: Path) -> list[Outcome]:
    """Return the outcome of each case on one server."""
    env = os.environ | {"GOVERNANCE_API_KEY": KEY}
    outcomes: list[Outcome] = []
    while len(outcomes) < len(CASES):  # the server starts anew when a request has deleted the other unit
        with running(server, {"GET": _SHOWN}, env, logs) as up:
            for case, segments, expected, applied in CASES[len(outcomes) :]:
                send(up.port, _EMPTIED, env)
                found = exchange(up.port, segments)
                is_applied = b'"max_limit":3' in send(up.port, _SHOWN, env)[1].replace(b" ", b"")
                is_deleted = send(up.port, Call("GET", f"{UNITS}/{PLATFORM}"), env)[0] != 200
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
    parser.add_argument("servers", nargs="*", metavar="SERVER", help=f"any of {', '.join(SERVERS)} (default: all)")
    parser.add_argument("--verbose", action="store_true", help="also list every case that is not right")
    options = parser.parse_args()
    if unknown := sorted(set(options.servers) - set(SERVERS)):
        parser.error(f"unknown {', '.join(unknown)}; choose from {', '.join(SERVERS)}")
    code = 0
    print(f"| server | right, of {len(CASES)} | harmful |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as logs:
        for name in options.servers or SERVERS:
            try:
                outcomes = judge(serving_the_mock(name), Path(logs))
            except BenchError as error:
                print(f"skipped {name}: {error}", file=sys.stderr)
                continue
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
