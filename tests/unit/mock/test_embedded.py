"""The mock for tests of other projects: `governance_mock`, the fixture, and deliveries that need its server."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from shutil import which
from threading import Event, Semaphore
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from mock_api import PLATFORM, SUPPORT, UNITS
from ports import unused_port

import mock_server
from mock_server import GovernanceMock
from mock_server.contract import yaml12
from mock_server.control.errors import ControlError
from mock_server.errors import StartError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def running() -> Iterator[GovernanceMock]:
    with mock_server.governance_mock(id_seed=1) as gateway:
        yield gateway


@pytest.fixture
def gateway(running: GovernanceMock) -> GovernanceMock:
    running.reset()
    return running


def fetch(gateway: GovernanceMock, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    base = urlsplit(gateway.url)
    connection = http.client.HTTPConnection(base.hostname or "", base.port, timeout=10)
    try:
        connection.request(method, base.path + path, headers=gateway.headers | headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_the_methods_of_a_running_mock(gateway: GovernanceMock) -> None:
    # Weeks of the unit's budget begin two and nine days after the start of the mock.
    start = gateway.now.replace(minute=0, second=0, microsecond=0)
    later = start + timedelta(days=3)
    gateway.freeze(later.replace(tzinfo=None))
    assert gateway.now == later
    gateway.set_time(later + timedelta(days=1))
    gateway.set_time(later)
    assert gateway.spend(SUPPORT, dollars=2)["budget"]["current_usage"] == 2
    gateway.meter(SUPPORT, dollars=1)
    assert gateway.advance(timedelta(minutes=30)) == gateway.now
    gateway.meter(SUPPORT)
    assert gateway.advance("1h") == later + timedelta(minutes=90)
    assert json.loads(fetch(gateway, f"{UNITS}/{SUPPORT}")[1])["budget"]["current_usage"] == 32
    gateway.set_speed(2)
    gateway.unfreeze()
    gateway.snapshot("a")
    gateway.load({"business_units": []})
    assert gateway.state() == {"business_units": [], "teams": []}
    gateway.restore("a")
    assert gateway.create_team("Robots", "team-robots") == "team-robots"
    with pytest.raises(ControlError, match="there is a team") as refusal:
        gateway.create_team("Robots", "team-robots")
    assert (refusal.value.status, refusal.value.pointer) == (409, "/id")


def test_control_that_is_not_json_is_text(gateway: GovernanceMock) -> None:
    assert gateway.control("GET", "/contract.yaml").startswith("{")
    assert "/_mock/clock" in gateway.control("GET", "/openapi.yaml")
    with pytest.raises(ControlError) as refusal:
        gateway.control("PATCH", "/clock", {"now": "1960-01-01T00:00:00Z"})
    assert (refusal.value.status, refusal.value.pointer) == (400, "/now")


def test_a_sandbox_of_a_running_mock(gateway: GovernanceMock) -> None:
    other = gateway.sandbox("other")
    other.load({"business_units": [{"id": "a b/ü", "name": "x", "budget": {"max_limit": 1, "reset_duration": "1d"}}]})
    assert other.spend("a b/ü", dollars=1)["budget"]["current_usage"] == 1
    assert json.loads(fetch(other, UNITS)[1])["total"] == 1
    assert json.loads(fetch(gateway, UNITS)[1])["total"] > 40
    gateway.control("DELETE", "/sandboxes/other")


def test_the_fixture_runs_a_mock_of_its_own(governance_mock: GovernanceMock, gateway: GovernanceMock) -> None:
    assert governance_mock.url != gateway.url
    assert fetch(governance_mock, UNITS)[0] == 200


@pytest.mark.parametrize(
    ("seed", "reason"),
    [(Path("/nowhere/seed.yaml"), "cannot read the seed file"), ({"business_units": [1]}, "/business_units/0: ")],
)
def test_what_cannot_be_used_is_refused(seed: Any, reason: str) -> None:
    with pytest.raises(StartError, match=reason), mock_server.governance_mock(seed=seed):
        pass


def test_a_dropped_connection(gateway: GovernanceMock) -> None:
    before = gateway.state()
    gateway.fail({"drop": True, "next": 1})
    with pytest.raises(http.client.RemoteDisconnected):
        fetch(gateway, f"{UNITS}/{PLATFORM}", "DELETE")
    assert gateway.state() == before
    entry = gateway.control("GET", "/journal")["entries"][-1]
    assert (entry["status"], entry["forced"]) == (None, "chaos: connection dropped")
    assert entry["response"] == {"headers": [], "body": "", "truncated": False}
    archive = gateway.control("GET", "/journal.har")["log"]["entries"]
    assert archive[-1]["response"]["status"] == 0
    assert fetch(gateway, UNITS)[0] == 200


def test_a_rule_is_used_once_for_a_client_that_expects_100_continue(gateway: GovernanceMock) -> None:
    gateway.fail({"truncate": 10, "next": 1})
    body = b'{"budget": {}}'
    base = urlsplit(gateway.url)
    with socket.create_connection((base.hostname, base.port), timeout=10) as connection:
        fields = {**gateway.headers, "Host": "mock", "Expect": "100-continue", "Content-Length": str(len(body))}
        head = [f"PUT {UNITS}/{PLATFORM}/governance HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        connection.sendall("\r\n".join([*head, "Connection: close", "", ""]).encode() + body)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 100 ")
    assert len(answer.rpartition(b"\r\n\r\n")[2]) == 10


@pytest.mark.parametrize("name", ["x?y", "a b", "\u00e9", "../state"])
def test_a_name_of_a_snapshot_that_is_none_is_refused(gateway: GovernanceMock, name: str) -> None:
    for act in (gateway.snapshot, gateway.restore):
        with pytest.raises(ControlError):
            act(name)


def test_a_replay_waits_for_no_forced_delay(gateway: GovernanceMock) -> None:
    fetch(gateway, UNITS)
    number = gateway.control("GET", "/journal")["entries"][-1]["number"]
    gateway.fail({"latency": {"distribution": "fixed", "value": 60_000}, "next": 1})
    assert gateway.control("POST", f"/journal/{number}/replay")["forced"] == "chaos: 60000 ms later"


def test_a_truncated_body(gateway: GovernanceMock) -> None:
    gateway.fail({"truncate": 10, "next": 1})
    with pytest.raises(http.client.IncompleteRead) as cut:
        fetch(gateway, UNITS)
    assert len(cut.value.partial) == 10
    assert fetch(gateway, UNITS)[0] == 200


class Pauses:
    """The pauses that the mock makes while it delivers responses. They last until `end` is set."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.begun = Semaphore(0)
        self.end = Event()

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.begun.release()
        await asyncio.to_thread(self.end.wait)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pauses]:
    found = Pauses()
    monkeypatch.setattr(
        "mock_server.http.delivery.asyncio", SimpleNamespace(**(vars(asyncio) | {"sleep": found.sleep}))
    )
    yield found
    found.end.set()


def test_slow_bodies_and_delays_hold_up_nobody_else(gateway: GovernanceMock, pauses: Pauses) -> None:
    body = fetch(gateway, UNITS)[1]
    gateway.fail(
        {"operations": ["listBusinessUnits"], "slow": len(body) * 4},
        {"operations": ["listBusinessUnitTeams"], "latency": {"distribution": "fixed", "value": 250}},
    )
    with ThreadPoolExecutor(3) as pool:
        slow = [pool.submit(fetch, gateway, path) for path in (UNITS, f"{UNITS}/{PLATFORM}/teams")]
        slow.append(pool.submit(fetch, gateway, UNITS, Prefer="wait=0.25, code=200"))
        assert all(pauses.begun.acquire(timeout=10) for _ in slow)
        gateway.spend(PLATFORM, tokens=1)
        assert [one.done() for one in slow] == [False, False, False]
        pauses.end.set()
        assert [one.result()[0] for one in slow] == [200, 200, 200]
    assert sum(pauses.seconds) == pytest.approx(0.75)
    assert slow[0].result()[1] == body


def documented(language: str) -> list[str]:
    """Return the examples of the documentation in a language."""
    text = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_python_examples_of_the_documentation(gateway: GovernanceMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    tests: list[Callable[[GovernanceMock], None]] = []
    for example in documented("python"):
        names: dict[str, Any] = {}
        exec(compile(example, "docs/simulation.md", "exec"), names)  # noqa: S102 - examples of this repository
        tests += [function for name, function in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test(gateway)


def test_the_documents_of_the_documentation_are_valid(gateway: GovernanceMock) -> None:
    [seed] = documented("yaml")
    gateway.load(yaml12.load(seed.encode()))
    assert gateway.control("GET", "/meters") == {"meters": {"bu-growth": {"dollars": 2}}}
    [rules] = documented("json")
    gateway.control("PUT", "/chaos", json.loads(rules))


NODE = which("node")


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_the_javascript_example_of_the_documentation(tmp_path: Path) -> None:
    port = str(unused_port())
    [example] = documented("js")
    example = example.replace("8585", port).replace('["mock",', f'["mock", "--port", "{port}",')
    path = tmp_path / "example.mjs"
    checked = 'const list = await fetch(`${base}/s/worker-1/_mock/info`); console.log("got", list.status);\nmock.kill'
    path.write_text(example.replace("mock.kill", checked), encoding="utf-8")
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": search, "NO_PROXY": "*"}
    done = subprocess.run([str(NODE), str(path)], env=environment, capture_output=True, text=True, timeout=60)
    assert "got 200" in done.stdout, done.stdout + done.stderr
