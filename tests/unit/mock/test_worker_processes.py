"""`mock --workers N`: several processes over one store and one socket."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from select import select
from time import monotonic

import pytest
from mock_api import LEGAL, UNITS
from processes import Process, refused, request


def children(process: Process) -> set[int]:
    return set(map(int, Path(f"/proc/{process.popen.pid}/task/{process.popen.pid}/children").read_text().split()))


def wait_for(pids: set[int], process: Process) -> None:
    """Wait until the mock has replaced all these workers; requests in between are answered."""
    deadline = monotonic() + 20
    while pids & children(process) or len(children(process)) < 2:
        assert process.call("GET", UNITS)[0] == 200
        assert monotonic() < deadline, "the workers are not replaced"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process("--store", str(tmp_path / "state.db"), "--workers", "2")
    yield started
    started.kill()


def test_two_processes_serve_one_state(process: Process) -> None:
    assert len(children(process)) == 2
    connections = [process.connect() for _ in range(20)]
    for number, connection in enumerate(connections):
        body = json.dumps({"budget": {"max_limit": number + 1, "reset_duration": "1d"}}).encode()
        update = request("PUT", f"{UNITS}/{LEGAL}/governance", f"Content-Length: {len(body)}", body=body)
        connection.sendall(update + request("GET", f"{UNITS}/{LEGAL}", "Connection: close"))
    for connection in connections:
        assert connection.makefile("rb").read().count(b"HTTP/1.1 200 ") == 2
        connection.close()
    connections = [process.connect() for _ in range(20)]  # at the same time, so that both processes respond
    for connection in connections:
        connection.sendall(request("GET", f"{UNITS}/{LEGAL}", "Connection: close"))
    shown = {connection.makefile("rb").read().partition(b"\r\n\r\n")[2] for connection in connections}
    assert len(shown) == 1
    for connection in connections:
        connection.close()
    assert process.stop(signal.SIGTERM) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_processes(process: Process, number: int) -> None:
    workers = children(process)
    assert len(workers) == 2
    with process.connect() as idle:
        idle.sendall(request("GET", UNITS))
        assert idle.recv(12) == b"HTTP/1.1 200"
        assert process.stop(number) == (0, "", "")
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_killed_worker_is_replaced(process: Process) -> None:
    for pid in (first := children(process)):
        os.kill(pid, signal.SIGKILL)
    wait_for(first, process)
    code, _, log = process.stop(signal.SIGTERM)
    assert code == 0
    assert len(re.findall(r"worker \d+ ended \(-9\) and is replaced", log)) == 2


def test_sighup_replaces_the_workers_and_no_request_fails(process: Process) -> None:
    first = children(process)
    assert len(first) == 2
    with ThreadPoolExecutor(4) as pool:
        process.popen.send_signal(signal.SIGHUP)
        statuses = [pool.submit(lambda: process.call("GET", UNITS)[0]) for _ in range(200)]
        wait_for(first, process)
        assert {one.result() for one in statuses} == {200}
    assert process.stop(signal.SIGTERM) == (0, "", "")


def test_the_workers_end_with_a_mock_that_is_killed(process: Process) -> None:
    descriptors = [os.pidfd_open(pid) for pid in children(process)]
    assert len(descriptors) == 2
    process.popen.kill()
    for descriptor in descriptors:  # it can be read when the process has ended
        assert select([descriptor], [], [], 10)[0]
        os.close(descriptor)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--workers", "2"), "--workers 2 needs a store that processes share"),
        *((("--workers", bad), "not a number of processes") for bad in ("0", "x", "65", "1.5")),
    ],
)
def test_wrong_numbers_of_workers_are_refused(arguments: tuple[str, ...], reason: str) -> None:
    assert reason in refused("--port", "0", *arguments)
