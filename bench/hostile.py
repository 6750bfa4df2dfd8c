"""Send hostile requests to the mock: mutations of the contract's requests, and raw bytes that no client sends.

Exit status: 0 the mock stood it, 1 not: a 5xx, a line on standard error, a changed state, a request without a response,
a response that is not in the contract's form, a connection or a thread that is stuck, or too much memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from hostile_requests import MISSING, UNIT, Requests, head
from mocks import KINDS, UNITS, Client, Mock, databases, limit, positive

CLIENTS = 4
PIPELINED = 10
MORE_MB = 96  # the memory that the requests may take; each thread keeps what large bodies took
SECONDS = 20  # for one response

Address = tuple[str, int]
Counts = Counter[tuple[str, str]]
"""Kind of request and status, or what came in place of it."""


class Result(NamedTuple):
    """What the mock did, and what it must not have done."""

    counts: Counts
    memory: tuple[float, float]
    """MB before the requests, and at most."""
    slowest: float
    """Seconds of the slowest response to another client while slow requests arrive."""
    failures: list[str]


def responses(answer: bytes, *, of_contract: bool = True) -> Iterator[str]:
    """Yield the status of each response; those of errors that have no body in their form end with `?`.

    The errors of control have no `status_code`.
    """
    while found := re.match(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n(.*?\r\n)?\r\n", answer, re.DOTALL):
        status, rest = found[1].decode(), answer[found.end() :]
        length = re.search(rb"^content-length: (\d+)\r$", found[2] or b"", re.IGNORECASE | re.MULTILINE)
        body, answer = rest[: int(length[1])] if length else b"", rest[int(length[1]) if length else 0 :]
        expected = int(status) if of_contract else None
        yield status if status < "400" or _is_error(body, expected) else f"{status}?"
    if answer:
        yield "not HTTP"


def _is_error(body: bytes, status: int | None) -> bool:
    try:
        document = json.loads(body)
        return (status is None or document["status_code"] == status) and bool(document["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return False


def exchange(address: Address, pieces: Sequence[bytes], *, of_contract: bool = True) -> list[str]:
    """Send bytes and the end of the stream. Return all statuses."""
    answer = b""
    with suppress(ConnectionError), socket.create_connection(address, timeout=SECONDS) as connection:
        with suppress(ConnectionError):  # the mock may refuse before it has read everything
            for piece in pieces:
                connection.sendall(piece)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        try:
            while more := connection.recv(65536):
                answer += more
        except TimeoutError:
            return [*responses(answer, of_contract=of_contract), "no end"]
    return list(responses(answer, of_contract=of_contract))


def vanish(address: Address, sent: bytes) -> None:
    """Send a part of a request, or do not read the response, and reset the connection."""
    with suppress(ConnectionError), socket.create_connection(address, timeout=SECONDS) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(sent)


def attack(address: Address, count: int, end: float, seed: str) -> Counts:
    """Send so many requests of every kind, or until a time of `time.monotonic`.

    Return the number of each status, and of connections without one.
    """
    requests, counts, sent = Requests(seed), Counts(), 0
    kinds = {
        "changed bytes": requests.changed_bytes,
        "broken framing": requests.broken,
        "control": requests.of_control,
        "large body": requests.huge,
    }
    for turn in range(count):
        if sent >= count or time.monotonic() > end:
            break
        if turn % 4:
            size = min(PIPELINED, count - sent)
            statuses = exchange(address, [requests.of_contract() for _ in range(size)])
            counts.update(("of the contract", status) for status in statuses)
            counts["of the contract", "unanswered"] += size - len(statuses)
            sent += size
        for kind, make in kinds.items():
            if kind != "large body" or turn % 8 == 0:
                statuses = exchange(address, [make()], of_contract=kind != "control")
                counts.update((kind, status) for status in statuses or ["closed"])
                sent += 1
        vanish(address, requests.part())
        counts["vanished", "no response read"] += 1
        sent += 1
    return counts


def drip(address: Address, number: int, seconds: float) -> tuple[list[str], float]:
    """Send requests byte by byte for some seconds, and others at the same time.

    Return the statuses, and the seconds of the slowest response to the others.
    """
    request = head("PUT", f"{UNITS}/{UNIT}/governance", "Content-Length: 900") + b"{" * 900
    connections = [socket.create_connection(address, timeout=SECONDS) for _ in range(number)]
    client, slowest, end = Client(address), 0.0, time.monotonic() + seconds
    for at in range(len(request)):
        for index, connection in enumerate(connections):
            with suppress(ConnectionError):
                connection.sendall(
                    request[: 2 * index + 1] if at == 0 else request[2 * index + at : 2 * index + at + 1]
                )
        begin = time.monotonic()
        if client.call("GET", f"{UNITS}/{UNIT}")[0] != 200:
            slowest = SECONDS
        slowest = max(slowest, time.monotonic() - begin)
        if begin > end:
            break
        time.sleep(0.05)
    client.close()
    statuses = []
    for connection in connections:
        with connection, suppress(ConnectionError):
            statuses += list(responses(b"".join(iter(partial(connection.recv, 65536), b"")))) or ["closed"]
    return statuses, slowest


def endless(address: Address, megabytes: int) -> list[str]:
    """Send bodies of so many MB, with a length and in chunks. Return their statuses."""
    put, piece = partial(head, "PUT", f"{UNITS}/{UNIT}/governance"), b" " * 10**6
    sized = [put(f"Content-Length: {megabytes * 10**6}"), *[piece] * megabytes]
    chunks = [put("Transfer-Encoding: chunked"), *[b"%x\r\n%s\r\n" % (len(piece), piece)] * megabytes, b"0\r\n\r\n"]
    return [status for sent in (sized, chunks) for status in exchange(address, sent) or ["closed"]]


def state(address: Address) -> Any:
    """Return everything that the API shows, without what changes with time."""
    client = Client(address)
    units = client.call("GET", f"{UNITS}?limit=100")[1]["business_units"]
    shown = [
        client.call("GET", f"{UNITS}/{quote(unit['id'], safe='')}{below}") for unit in units for below in ("", "/teams")
    ]
    client.close()
    return lasting([units, shown])


def lasting(value: Any) -> Any:
    """Return a part of a response without the members that change with time."""
    if isinstance(value, dict):
        return {name: lasting(one) for name, one in value.items() if not re.search("last_reset|current_usage", name)}
    return [lasting(one) for one in value] if isinstance(value, list | tuple) else value


def working(address: Address) -> bool:
    """Whether the mock answers more readers and writers at the same time than it has threads."""

    def call(number: int) -> bool:
        client = Client(address)
        try:
            if number % 2:
                return client.call("GET", f"{UNITS}/{UNIT}")[0] == 200
            return client.call("PUT", f"{UNITS}/{MISSING}/governance", limit(1))[0] == 404
        except OSError:
            return False
        finally:
            client.close()

    with ThreadPoolExecutor(32) as pool:
        return all(pool.map(call, range(32)))


def peak(pid: int) -> float:
    """Return the largest resident memory of a process so far, in MB."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def is_released(pid: int, count: int) -> bool:
    """Whether a process has soon no more open sockets than before."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if _sockets(pid) <= count:
            return True
        time.sleep(0.05)
    return False


def _sockets(pid: int) -> int:
    links = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed since
            links.append(os.readlink(path))
    return sum(link.startswith("socket:") for link in links)


def judge(
    store: str, requests: int, slow: int, megabytes: int, *, timeout: float = 2, seconds: float = 3600, seed: int = 1
) -> Result:
    """Start a mock whose time-out for incomplete requests is `timeout` seconds, attack it, and stop it.

    After `seconds`, the requests end early.
    """
    with tempfile.TemporaryFile("w+") as errors, ExitStack() as stack:
        mock = Mock(store, "--request-timeout", str(timeout), errors=errors)
        stack.callback(mock.kill)
        pid, address = mock.popen.pid, mock.address
        before, begin = state(address), peak(pid)
        if not working(address):
            raise SystemExit("the mock does not work before the requests")
        sockets = _sockets(pid)
        with ThreadPoolExecutor(CLIENTS) as pool:
            work = partial(attack, address, requests // CLIENTS, time.monotonic() + seconds)
            counts = sum(pool.map(work, [f"{seed} {number}" for number in range(CLIENTS)]), Counts())
        dripped, slowest = drip(address, slow, timeout + 0.5)
        counts.update(("slow", status) for status in dripped)
        counts.update((f"{megabytes} MB", status) for status in endless(address, megabytes))
        problems = {
            "the state changed": state(address) != before,
            "a thread is stuck": not working(address),
            # A thread may have its connection to a database only now.
            "a connection is stuck": not is_released(pid, sockets + 16),
            "too much memory": (most := peak(pid)) >= begin + MORE_MB,
            "a slow request stopped another": slowest >= SECONDS / 4,
            "the mock did not stop": mock.terminate() != 0,
        }
        errors.seek(0)
        # a page of another site is refused with a line that names the option
        lines = [line for line in errors.read().splitlines() if "--cors-origin" not in line]
        failures = [text for text, is_there in problems.items() if is_there] + lines
    wrong = ("5", "no end", "not HTTP", "unanswered")
    failures += [
        f"{kind}: {status}" for (kind, status), n in counts.items() if n and (status.startswith(wrong) or "?" in status)
    ]
    return Result(counts, (begin, most), slowest, failures)


def table(counts: Counts) -> str:
    """Return the counts as one Markdown table: a row for each kind, a column for each status."""
    statuses = sorted({status for (_, status), count in counts.items() if count})
    rows = [["request", *statuses, "sum"], ["---"] * (len(statuses) + 2)]
    for kind in dict.fromkeys(kind for kind, _ in counts):
        numbers = [counts[kind, status] for status in statuses]
        rows.append([kind, *(f"{number:,}" for number in numbers), f"{sum(numbers):,}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    """Return 1 if the mock did not stand it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=KINDS, default="memory", help="default: memory")
    parser.add_argument("--requests", type=positive, default=100_000, help="number of requests (100000)")
    parser.add_argument("--slow", type=positive, default=200, help="number of slow connections at the same time (200)")
    parser.add_argument("--seconds", type=float, default=3600, help="end the requests after this time (3600)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begin = time.monotonic()
    with databases(options.store) as stores:
        limits = {"seconds": options.seconds, "seed": options.seed}
        result = judge(stores.new(), options.requests, options.slow, 100, **limits)
    print(f"{options.store}, seed {options.seed}: {result.counts.total():,} in {time.monotonic() - begin:.0f} s\n")
    print(table(result.counts))
    print(f"\nmemory {result.memory[0]:.0f} MB before, at most {result.memory[1]:.0f} MB")
    print(f"longest response to another client during the slow requests: {result.slowest:.2f} s")
    print("\n".join(result.failures[:20]), end="\n" if result.failures else "")
    return 1 if result.failures or not result.counts else 0


if __name__ == "__main__":
    sys.exit(main())
