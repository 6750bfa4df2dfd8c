"""Send hostile requests to the mock: from the contract, and raw bytes that no client sends.

Exit status: 0 if there was no 5xx, no line on standard error, no change of the state, and the mock still answers; 1 if
not.
"""

from __future__ import annotations

import argparse
import random
import re
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from mocks import KEY, KINDS, ROOT, UNITS, Client, Mock, databases

CONTRACT = ROOT / "openapi" / "governance.yaml"
UNIT = "bu-platform-engineering"
METHODS = {"get", "put", "post", "delete"}
CLIENTS = 4
SLOW = 200
BIG = 100 * 10**6

NESTED = b"[" * 100_000 + b"]" * 100_000
BODIES = [
    b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe{}", b"{}" * 1000, NESTED, b'{"name":' * 50_000,
    b'{"name": ' + b"9" * 5000 + b"}", b'{"budget": {"max_limit": ' + b"9" * 5000 + b', "reset_duration": "1d"}}',
    b'{"budget": {"max_limit": 1e400, "reset_duration": "1d"}}', b'{"budget": {"max_limit": NaN}}',
    b'{"name": "\\ud800"', b'{"budget": {"max_limit": -1, "reset_duration": "1d"}}', b'{"name": "", "name": 5}',
    b'{"team_id": {"$ne": null}}',
    b'{"budget": {"reset_duration": "' + b"9" * 5000 + b'Y"}}', b" " * 1_100_000,
    b'{"name": ["' + b"a" * 60_000 + b'"]}',
]  # fmt: skip
"""None of them is valid for any operation."""
SEGMENTS = [
    "%00",
    "%ff",
    "%zz",
    "%2e%2e",
    "..",
    "%252F",
    "a" * 5000,
    "'--",
    "%F0%9F%98%80",
    "${x}",
    "%0d%0aX:y",
    ";",
    "-1",
]
QUERIES = ["page=-1", "limit=" + "9" * 5000, "page=%ff", "search=%00", "search=" + "a" * 5000, "a&" * 500, "page=1e9",
           "limit=0x10", "page=1&page=2", "search=%", "limit=NaN", "%00=%00"]  # fmt: skip
KEYS = [
    "",
    "Bearer",
    "Bearer x",
    f"Basic {KEY}",
    f"Bearer {KEY[:-1]}",
    f"Bearer {KEY}x",
    f"{KEY}",
    "Bearer " + "a" * 9000,
]


def head(method: str, path: str, *fields: str, key: str | None = f"Bearer {KEY}") -> bytes:
    """Return the head of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: mock", *([] if key is None else [f"Authorization: {key}"]), *fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def from_contract(operations: Sequence[tuple[str, str]], rng: random.Random) -> bytes:
    """Return a request with a bad key, a bad body or a bad path to an operation of the contract."""
    method, template = rng.choice(operations)
    body = rng.choice(BODIES) if method in ("PUT", "POST") else b""
    bad = rng.choice(SEGMENTS)
    is_bad_path = "{" in template and (method == "DELETE" or rng.random() < 0.5)
    path = re.sub(r"{\w+}", lambda _: bad if is_bad_path else UNIT, template)
    query = f"?{rng.choice(QUERIES)}" if rng.random() < 0.3 else ""
    key = rng.choice(KEYS) if rng.random() < 0.3 else f"Bearer {KEY}"
    return head(method, path + query, f"Content-Length: {len(body)}", key=key) + body


def mutated(rng: random.Random) -> bytes:
    """Return a request to read with a few bytes changed, removed or repeated."""
    request = bytearray(head("GET", f"{UNITS}/{UNIT}", "Accept: */*", "X-Name: value"))
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(request))
        request[at : at + rng.randrange(3)] = rng.choice((b"", b"\0", b"\n", b"\r\n", b" ", b":", rng.randbytes(3)))
    return bytes(request)


def raw(rng: random.Random) -> bytes:
    """Return bytes with an ambiguous or broken framing; a complete request in them has no valid body."""
    put = partial(head, "PUT", f"{UNITS}/{UNIT}/governance")
    number = rng.choice(("-1", "+5", "5 5", "0x5", "9" * 30, "", "5, 6", "\xb2", "18446744073709551616"))
    chunk = rng.choice(
        (b"5\r\nab", b"g\r\n", b"-5\r\nabcde\r\n", b"f" * 20 + b"\r\n", b"5;" + b"x" * 9000, b"\r\n", b"5\nab")
    )
    cases: list[Callable[[], bytes]] = [
        lambda: rng.randbytes(rng.randrange(1, 500)),
        lambda: b"GET / HTTP/9.9\r\n\r\n",
        lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01" * 9,
        lambda: b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
        lambda: head("GET", UNITS, *(f"X-{index}: y" for index in range(20_000))),
        lambda: head("GET", UNITS, "X: " + "y" * 100_000),
        lambda: put(f"Content-Length: {number}") + b"{",
        lambda: put("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        lambda: put("Transfer-Encoding: chunked") + chunk,
        lambda: put("Content-Length: 3", "Connection: Upgrade", "Upgrade: h2c") + b"{{{",
        lambda: put("Content-Length: 3", "Expect: 100-continue", key=None),
        lambda: put("Content-Length: 900") + b"{",
        lambda: head("GET", UNITS).replace(b"Host: mock\r\n", b"") + b"x" * 50,
        lambda: head("GET", UNITS) * rng.randrange(2, 20) + b"junk\r\n\r\n",
    ]
    return rng.choice(cases)()


def exchange(address: tuple[str, int], sent: bytes) -> list[int]:
    """Send bytes and the end of the stream. Return all statuses."""
    answer = b""
    with suppress(ConnectionError), socket.create_connection(address, timeout=30) as connection:
        with suppress(ConnectionError):  # the mock may refuse before it has read everything
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65536):
            answer += more
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def vanish(address: tuple[str, int], rng: random.Random) -> None:
    """Send a part of a request, or do not read the response, and reset the connection."""
    with suppress(OSError), socket.create_connection(address, timeout=30) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        request = head("GET", UNITS) * 5
        connection.sendall(request[: rng.randrange(1, len(request))])


def slow(address: tuple[str, int]) -> list[int]:
    """Open connections that send the beginning of a request and no more. Return their statuses."""
    connections = [socket.create_connection(address, timeout=30) for _ in range(SLOW)]
    found = []
    for index, connection in enumerate(connections):
        connection.sendall(head("PUT", f"{UNITS}/{UNIT}/governance", "Content-Length: 900")[: 10 + index] + b"")
    for connection in connections:
        found += [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", connection.recv(65536))]
        connection.close()
    return found


def attack(address: tuple[str, int], operations: Sequence[tuple[str, str]], count: int, seed: str) -> Counter[str]:
    """Send so many requests of every kind. Return the number of each status, and of connections without one."""
    rng, statuses = random.Random(seed), Counter[str]()
    for _ in range(count):
        kind = rng.random()
        if kind < 0.05:
            vanish(address, rng)
            statuses["reset"] += 1
            continue
        sent = from_contract(operations, rng) if kind < 0.7 else mutated(rng) if kind < 0.85 else raw(rng)
        statuses.update([str(status) for status in exchange(address, sent)] or ["closed"])
    return statuses


def state(address: tuple[str, int]) -> list[Any]:
    """Return everything that the API shows, without what changes with time."""
    client = Client(address)
    units = client.call("GET", f"{UNITS}?limit=100")[1]["business_units"]
    shown = [client.call("GET", f"{UNITS}/{unit['id']}{below}") for unit in units for below in ("", "/teams")]
    client.close()
    return [units, shown]


def peak(pid: int) -> float:
    """Return the largest resident memory of a process so far, in MB."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def main() -> int:
    """Return 1 if the mock did not stand it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=KINDS, default="memory", help="default: memory")
    parser.add_argument("--requests", type=int, default=100_000, help="number of requests (100000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    paths = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["paths"]
    operations = [(method.upper(), path) for path, item in paths.items() for method in sorted(METHODS & item.keys())]
    with ExitStack() as stack:
        errors = stack.enter_context(tempfile.TemporaryFile("w+"))
        store = stack.enter_context(databases(options.store)).new()
        mock = Mock(store, "--request-timeout", "2", errors=errors)
        stack.callback(mock.kill)
        before, memory = state(mock.address), peak(mock.process.pid)
        seeds = [f"{options.seed} {number}" for number in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            work = partial(attack, mock.address, operations, options.requests // CLIENTS)
            statuses = sum(pool.map(work, seeds), Counter[str]())
        statuses.update(map(str, slow(mock.address)))
        big = head("PUT", f"{UNITS}/{UNIT}/governance", f"Content-Length: {BIG}") + b" " * BIG
        statuses.update(map(str, exchange(mock.address, big)))
        is_same, used, code = state(mock.address) == before, peak(mock.process.pid), mock.stop()
        errors.seek(0)
        lines = errors.read().splitlines()
    print(f"{options.store}: {options.requests} requests, {SLOW} slow ones, one of {BIG // 10**6} MB")
    print(", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    print(f"state {'unchanged' if is_same else 'CHANGED'}, memory {memory:.0f} MB, at most {used:.0f} MB, exit {code}")
    print("\n".join(lines[:5]), end="\n" if lines else "")
    failures = sum(count for status, count in statuses.items() if status.startswith("5"))
    return 1 if failures or lines or code or not is_same else 0


if __name__ == "__main__":
    sys.exit(main())
