"""The mock as a process: start, HTTP, stop, and errors at start."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from pathlib import Path
from shutil import which
from threading import Barrier

import pytest
from mock_api import KEY, LEGAL, UNITS
from processes import ROOT, Process, environment, received, refused, request

from mock_server.contract import yaml12
from mock_server.contract.document import default_path

Arguments = tuple[str, ...]
Run = Callable[..., Process]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    started: list[Process] = []

    def start(*arguments: str, key: str | None = KEY) -> Process:
        started.append(Process(*arguments, key=key))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture(scope="module")
def mock(run: Run) -> Process:
    return run()


@pytest.mark.skipif(which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("arguments", "key"),
    [(("--demo",), None), (("--demo",), KEY), ((), KEY), ((), f"{KEY},other"), (("--host", "::1"), KEY)],
)
def test_the_printed_curl_command_works(run: Run, arguments: Arguments, key: str | None) -> None:
    process = run(*arguments, key=key)
    command = process.greeting.splitlines()[-1]
    shell = ["/bin/sh", "-c", f"{command} --silent --max-time 10"]
    done = subprocess.run(shell, env=environment(key), capture_output=True, check=True)
    assert b'"total":43,' in done.stdout
    assert KEY not in process.greeting
    assert process.stop(signal.SIGTERM) == (0, "", "")


def test_demo_adds_a_new_key_to_the_given_ones(run: Run) -> None:
    first, second = run("--demo"), run("--demo")
    keys = [re.findall(r"bfst-[A-Za-z0-9]{44}\b", process.greeting) for process in (first, second)]
    assert keys[0] != keys[1]
    assert first.call("GET", UNITS)[0] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_mock_despite_open_connections(run: Run, number: int) -> None:
    process = run()
    with process.connect() as connection:
        connection.sendall(request("GET", UNITS))
        assert received(connection).startswith(b"HTTP/1.1 200")
        assert process.stop(number) == (0, "", "")
    with pytest.raises(OSError, match="refused"):
        process.call("GET", UNITS)


def test_the_option_empty_starts_without_units(run: Run) -> None:
    process = run("--empty")
    assert b'"total":0' in process.call("GET", UNITS)[1]


def test_a_seed_file_seeds_and_is_exported(run: Run, tmp_path: Path) -> None:
    seed, store = tmp_path / "seed.yaml", tmp_path / "state.db"
    text = "business_units:\n  - {id: a/b, name: Größe, created_at: -1d, meter: {dollars: 2}}\n"
    seed.write_text(text, encoding="utf-8")
    process = run("--seed-file", str(seed), "--store", str(store))
    assert json.loads(process.call("GET", f"{UNITS}/a%2Fb")[1])["name"] == "Größe"
    assert process.call("DELETE", f"{UNITS}/a%2Fb")[0] == 200
    command = [sys.executable, "-m", "mock_server", "--export"]
    for options, shown in ((("--seed-file", str(seed)), [("Größe", {"dollars": 2})]), (("--store", str(store)), [])):
        done = subprocess.run([*command, *options], env=environment(None), cwd=ROOT, capture_output=True, check=True)
        assert [(unit["name"], unit["meter"]) for unit in yaml12.load(done.stdout)["business_units"]] == shown


def test_identifiers_are_the_same_with_a_seed(run: Run) -> None:
    processes = [run("--seed", "5"), run("--seed", "5"), run("--seed", "6")]
    first, second, third = (json.loads(one.call("POST", UNITS, b'{"name": "New"}')[1])["id"] for one in processes)
    assert first == second != third


def test_the_mock_serves_https(run: Run) -> None:
    process = run("--tls")
    [authority] = re.findall("certificate authority in (.*)", process.greeting)
    context = ssl.create_default_context(cafile=authority)
    headers = {"Authorization": f"Bearer {KEY}"}
    for half_closed in (False, True):
        raw = socket.create_connection((process.host, process.port), timeout=10)
        with context.wrap_socket(raw, server_hostname="localhost") as connection:
            connection.sendall(request("GET", f"{UNITS}?limit=1"))
            assert received(connection).startswith(b"HTTP/1.1 200")
            if half_closed:
                connection.unwrap()
    connection = HTTPSConnection("127.0.0.1", process.port, context=context, timeout=10)
    connection.request("GET", "/_mock/info", headers=headers | {"Origin": f"https://127.0.0.1:{process.port}"})
    assert connection.getresponse().status == 200
    connection.close()
    with process.connect() as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP")
    assert process.stop(signal.SIGTERM) == (0, "", "")
    assert not Path(authority).exists()


def test_control_is_off_with_workers_and_on_other_addresses(run: Run, tmp_path: Path) -> None:
    workers = run("--workers", "2", "--store", str(tmp_path / "state.db"))
    assert "Control (/_mock/) is off: it needs one process" in workers.greeting
    outside = run("--host", "0.0.0.0")  # noqa: S104
    assert "set GOVERNANCE_CONTROL_KEY" in outside.greeting
    off = run("--no-control")
    assert "Control" not in off.greeting
    for process in (workers, outside, off):
        assert process.call("GET", "/_mock/health")[0] == 404
    assert run().call("GET", "/_mock/health") == (200, b'{"status":"ready"}\n')


def test_the_options_contract_and_cors_origin(run: Run, tmp_path: Path) -> None:
    edition = tmp_path / "edition.yaml"
    text = default_path().read_text(encoding="utf-8").replace("/api/governance/", "/api/v2/")
    edition.write_text(text, encoding="utf-8")
    process = run("--contract", str(edition), "--cors-origin", "null")
    answer = process.exchange(request("GET", "/api/v2/business-units", "Origin: null"))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"access-control-allow-origin: null" in answer.lower()


def test_a_refused_origin_is_one_line_on_standard_error(run: Run) -> None:
    process = run()
    for _ in range(2):
        assert process.exchange(request("GET", UNITS, "Origin: https://app.example")).startswith(b"HTTP/1.1 200")
    assert process.exchange(request("GET", UNITS, "Origin: http://localhost:3000")).startswith(b"HTTP/1.1 200")
    lines = process.stop(signal.SIGTERM)[2].splitlines()
    assert len(lines) == 1
    assert "pages of https://app.example may not call the mock; --cors-origin https://app.example allows" in lines[0]


def test_any_page_may_read_the_response_to_an_unreadable_request(mock: Process) -> None:
    answer = mock.exchange(b"no request\r\n\r\n").lower()
    assert answer.startswith(b"http/1.1 400")
    assert b"\r\naccess-control-allow-origin: *\r\n" in answer


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--port", "x"), "not a port number: x"),
        (("--port", "65536"), "not a port number: 65536"),
        (("--port=-1",), "not a port number: -1"),
        (("--frob",), "unrecognized arguments: --frob"),
        (("--contract", "missing.yaml"), "cannot read"),
        (("--contract", __file__), "cannot parse"),
        (("--contract", str(ROOT / ".pre-commit-config.yaml")), "the contract"),
        (("--host", ""), "an address is needed"),
        (("--host", "192.0.2.1"), "cannot listen on 192.0.2.1"),
        (("--host", "no host"), "cannot listen on no host"),
        *(
            (("--cors-origin", origin), "not an origin")
            for origin in ("http://app.example/", "app.example", "", "a\nb")
        ),
    ],
)
def test_bad_options_are_refused_in_one_line(arguments: Arguments, reason: str) -> None:
    assert reason in refused("--port", "0", *arguments)


def test_a_taken_port_is_refused(mock: Process) -> None:
    assert f"port {mock.port}" in refused("--demo", "--port", str(mock.port))


@pytest.mark.parametrize("key", [None, "", " ", "a,,b", "two words", "sk-bf-secret"])
def test_the_mock_does_not_start_without_a_usable_key(key: str | None) -> None:
    message = refused("--port", "0", key=key)
    assert key is None or not key.strip() or key not in message


def test_one_connection_serves_many_requests(mock: Process) -> None:
    with mock.connect() as connection:
        for _ in range(3):
            connection.sendall(request("GET", UNITS))
            assert received(connection).startswith(b"HTTP/1.1 200")


def test_chunked_bodies_and_expect_100_continue(mock: Process) -> None:
    path = f"{UNITS}/{LEGAL}/governance"
    chunked = request("PUT", path, "Transfer-Encoding: chunked", body=b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
    assert mock.exchange(chunked).startswith(b"HTTP/1.1 200")
    with mock.connect() as connection:
        connection.sendall(request("PUT", path, "Expect: 100-continue", "Content-Length: 2"))
        assert received(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        connection.sendall(b"{}")
        assert received(connection).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("length", ["Content-Length: 999", "Transfer-Encoding: chunked"])
def test_a_truncated_body_changes_nothing(run: Run, length: str) -> None:
    process = run()
    body = b'{"budget": {"max_limit": 3, "reset_duration": "1d"}}'
    if "chunked" in length:
        body = b"%x\r\n%s\r\n" % (len(body), body)
    with process.connect() as connection:
        connection.sendall(request("PUT", f"{UNITS}/{LEGAL}/governance", length, body=body))
        connection.shutdown(socket.SHUT_WR)
        assert not received(connection).startswith(b"HTTP/1.1 2")
    assert b"budget" not in process.call("GET", f"{UNITS}/{LEGAL}")[1]


@pytest.mark.parametrize(("size", "status"), [(2**20, 400), (2**20 + 1, 413), (2**23, 413)])
def test_a_large_body_is_read_and_refused(mock: Process, size: int, status: int) -> None:
    assert mock.call("PUT", f"{UNITS}/{LEGAL}/governance", b" " * size)[0] == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{UNITS}/{LEGAL}", 200),
        (f"{UNITS}/bu%2dlegal", 200),
        (f"{UNITS}/{LEGAL}%2Fteams", 404),
        (f"{UNITS}/{LEGAL}/../{LEGAL}", 404),
        (f"{UNITS}/%zz", 400),
        (f"{UNITS}/%ff", 400),
        (f"{UNITS}?search=%zz", 400),
    ],
)
def test_a_path_is_not_normalised(mock: Process, path: str, status: int) -> None:
    assert mock.exchange(request("GET", path)).startswith(b"HTTP/1.1 %d" % status)


@pytest.mark.parametrize("start", [f"GET {UNITS}/caf\u00e9 HTTP/1.1", "nonsense", f"GET {UNITS} HTTP/1.1\r\nno header"])
def test_a_malformed_http_request_gets_the_error_body_of_the_contract(mock: Process, start: str) -> None:
    head, _, body = mock.exchange(start.encode() + b"\r\nHost: mock\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"Content-Type: application/json" in head
    assert json.loads(body)["status_code"] == 400


@pytest.mark.parametrize("header", [f"Authorization: Bearer {KEY}", "Authorization: Basic x", "AUTHORIZATION: Bearer"])
def test_a_second_authorization_header_is_refused(mock: Process, header: str) -> None:
    assert mock.exchange(request("GET", UNITS, header)).startswith(b"HTTP/1.1 401")


def test_non_ascii_headers_are_handled(mock: Process) -> None:
    assert mock.exchange(request("GET", UNITS, "X-Name: caf\u00e9\u00ff", "Origin: \u00e9")).startswith(b"HTTP/1.1 200")
    bad = f"GET {UNITS} HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer \u00e9\u00ff\r\n\r\n".encode("latin-1")
    assert mock.exchange(bad).startswith(b"HTTP/1.1 401")


def test_concurrent_updates_over_http_are_both_kept(mock: Process) -> None:
    bodies = [b'{"budget": {"max_limit": 7, "reset_duration": "1d"}}']
    bodies += [b'{"rate_limit": {"token_max_limit": 7, "token_reset_duration": "1h"}}']
    barrier = Barrier(2)

    def send(body: bytes) -> int:
        barrier.wait(timeout=10)
        return mock.call("PUT", f"{UNITS}/{LEGAL}/governance", body)[0]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, bodies)) == [200, 200]
    unit = json.loads(mock.call("GET", f"{UNITS}/{LEGAL}")[1])
    assert (unit["budget"]["max_limit"], unit["rate_limit"]["token_max_limit"]) == (7, 7)
