"""Raw bytes to a started mock: where a request ends, and what never counts as one."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from mock_api import KEY, PLATFORM, UNITS
from processes import ROOT, Process, environment
from wire_cases import BODY, CASES, CHUNK, CHUNKED, LENGTH, UNIT, put

from mock_server.http.framing import response_head


@pytest.fixture(scope="module")
def mock() -> Iterator[Process]:
    process = Process("--request-timeout", "1")
    yield process
    process.kill()


def statuses(mock: Process, segments: list[bytes], *, end: bool = True) -> tuple[list[int], bytes]:
    """Send segments and the end of the stream. Return the statuses and all bytes up to the end of the connection."""
    answer = b""
    with mock.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for index, segment in enumerate(segments):
            connection.sendall(segment)
            if index < len(segments) - 1:  # the rest goes when the mock has read this, which a second request shows
                mock.call("GET", UNITS)
        if end and b"\r\nExpect:" not in segments[0]:
            connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65536):
            answer += more
            if b"HTTP/1.1 200" in answer and b"\r\nExpect:" in segments[0] and answer.endswith(b"}\n"):
                break
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", answer)], answer


@pytest.mark.parametrize(("section", "segments", "expected", "applied"), CASES, ids=[case[0] for case in CASES])
def test_requests_on_the_wire(
    mock: Process, section: str, segments: list[bytes], expected: list[int], applied: bool
) -> None:
    mock.call("PUT", f"{UNIT}/governance", b'{"budget": {}}')
    found, answer = statuses(mock, segments)
    assert found == expected, answer
    assert (b'"max_limit":3' in mock.call("GET", UNIT)[1]) is applied
    assert mock.call("GET", f"{UNITS}/{PLATFORM}")[0] == 200, "another unit was deleted"
    if expected[-1] == 415:
        assert b"accept-encoding: identity" in answer.lower()


@pytest.mark.parametrize(
    ("fields", "is_simple"),
    [
        ([], True),
        ([("X-A", "b\xff c")], True),
        ([("X-A", "b\r\nX-B: c")], False),
        ([("X-A\r\nX-B", "c")], False),
        ([("X A", "b")], False),
        ([("Connection", "close")], False),
        ([("Transfer-Encoding", "chunked")], False),
    ],
)
def test_the_head_of_a_response_holds_nothing_that_breaks_its_framing(
    fields: list[tuple[str, str]], is_simple: bool
) -> None:
    head = response_head(200, (("Content-Length", "3"), *fields), 3)
    assert (head is not None) is is_simple
    assert head is None or head.count(b"\r\n") == 2 + len(fields)
    assert response_head(200, tuple(fields), 3) is None, "without Content-Length"
    assert response_head(200, (("Content-Length", "4"), *fields), 3) is None, "with a wrong one"


@pytest.mark.parametrize("start", [put("Content-Length: 999") + BODY, put(CHUNKED) + CHUNK, put()[:-2], b"PUT "])
def test_an_incomplete_request_is_timed_out(mock: Process, start: bytes) -> None:
    mock.call("PUT", f"{UNIT}/governance", b'{"budget": {}}')
    begin = time.monotonic()
    assert statuses(mock, [start], end=False)[0] == [408]
    assert 0.5 < time.monotonic() - begin < 5
    assert b'"max_limit":3' not in mock.call("GET", UNIT)[1]


def test_a_stop_does_not_wait_for_an_incomplete_body() -> None:
    process = Process()
    with process.connect() as connection:
        connection.sendall(put("Content-Length: 999") + BODY)
        assert process.call("GET", UNITS)[0] == 200
        begin = time.monotonic()
        assert process.stop(signal.SIGTERM) == (0, "", "")
        assert time.monotonic() - begin < 4  # a stop waits 5 seconds for requests in progress


def test_a_stop_answers_the_first_request_of_a_new_connection() -> None:
    process = Process()
    with process.connect() as connection, process.connect() as used:
        used.sendall(put(LENGTH) + BODY)
        assert used.recv(12) == b"HTTP/1.1 200"
        process.popen.send_signal(signal.SIGTERM)
        while used.recv(65536):  # its end shows that the stop has begun
            pass
        connection.sendall(put(LENGTH) + BODY)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert process.wait() == (0, "", "")


@pytest.mark.parametrize("reader", [">/dev/full", "| true"])
def test_an_output_that_cannot_be_written_is_one_line(reader: str) -> None:
    command = f"'{sys.executable}' -m mock_server --port 0 --demo"
    shell = ["bash", "-c", f"{command} {reader}; exit ${{PIPESTATUS[0]}}"]
    done = subprocess.run(shell, cwd=ROOT, env=environment(None), capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert re.fullmatch(r"governance-contract mock: cannot write to standard output: [^\n]+\n", done.stderr)


@pytest.mark.parametrize(
    ("arguments", "hosts"),
    [
        ((), ["127.0.0.1", "::1"]),
        (("--host", "localhost"), ["127.0.0.1", "::1"]),
        (("--host", "0.0.0.0"), ["127.0.0.1"]),  # noqa: S104
    ],
)
def test_the_addresses_and_the_printed_url(arguments: tuple[str, ...], hosts: list[str]) -> None:
    process = Process(*arguments)
    url = f"http://127.0.0.1:{process.port}{UNITS}"
    assert url in process.greeting
    for host in hosts:
        shown = f"[{host}]" if ":" in host else host
        request = Request(url.replace("127.0.0.1", shown), headers={"Authorization": f"Bearer {KEY}"})  # noqa: S310
        with build_opener(ProxyHandler({})).open(request, timeout=10) as response:
            assert response.status == 200
    assert process.stop(signal.SIGTERM) == (0, "", "")


def test_verbose_prints_a_line_for_each_request() -> None:
    process = Process("--verbose")
    process.call("GET", f"{UNITS}?search=secret")
    process.call("PUT", f"{UNIT}/governance", b"{")
    statuses(process, [b"garbage\r\n\r\n"])
    lines = process.stop(signal.SIGTERM)[2].splitlines()
    assert len(lines) == 3
    assert re.fullmatch(rf"GET {UNITS} 200 \d+\.\d ms", lines[0])
    assert re.fullmatch(rf"PUT {UNIT}/governance 400 \d+\.\d ms: '.+'", lines[1])
    assert lines[2] == "- 400: no request line"
