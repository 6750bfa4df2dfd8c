"""A store that cannot be used: clear errors, other requests go on, and recovery without a restart."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import stores
from mock_api import KEY, LEGAL, UNITS, Api, Changed
from processes import ROOT, Process, environment

from mock_server.app import create_app
from mock_server.contract.document import Contract
from mock_server.store import MemoryStore, StoreError, open_store

UNIT = f"{UNITS}/{LEGAL}"


class FailingStore(MemoryStore):
    """A store that fails while it has a reason."""

    waits = True
    reason = ""

    def run(self, work: Any, *, reads_only: bool = False) -> Any:
        if self.reason:
            raise StoreError(self.reason)
        return super().run(work, reads_only=reads_only)


def failing(contract: Contract) -> tuple[Api, FailingStore]:
    store = FailingStore()
    return Api(create_app(contract, [KEY], store)), store


def test_a_failure_is_the_declared_500(contract: Contract) -> None:
    api, store = failing(contract)
    store.reason = "secret-host is down"
    response = api.call("GET", UNITS)
    example = contract.at("/components/responses/InternalError/content/application~1json/examples/internal-error")
    assert (response.status_code, response.json) == (500, example["value"])


def test_a_failure_is_503_where_that_is_declared(changed: Changed) -> None:
    def edit(document: Any) -> None:
        responses = document["paths"][UNITS]["get"]["responses"]
        responses["503"] = document["components"]["responses"]["InternalError"]

    api, store = failing(changed(edit))
    store.reason = "down"
    response = api.call("GET", UNITS)
    assert (response.status_code, (response.json or {})["status_code"]) == (503, 503)
    assert api.call("POST", UNITS, json={"name": "Sales"}).status_code == 500


def test_an_outage_is_one_line_and_its_end_another(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    api, store = failing(contract)
    for store.reason in ("down", "down", "", ""):
        assert api.call("GET", UNITS).status_code == (500 if store.reason else 200)
    assert caplog.messages == ["the store failed: down", "the store can be read again"]


def test_a_reset_that_fails_changes_nothing(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    store = FailingStore()
    api = Api(create_app(contract, [KEY], store, control=True))
    simulated = {"now": "2030-01-01T00:00:00Z"}
    assert api.client.patch("/_mock/clock", json=simulated).status_code == 200
    assert api.client.put("/_mock/chaos", json={"rules": [{"status": 503, "rate": 1}]}).status_code == 200
    before = [api.client.get(f"/_mock/{part}").json for part in ("clock", "chaos")]
    store.reason = "down"
    assert api.client.post("/_mock/reset").status_code == 500
    assert caplog.messages == ["the store failed: down"]
    store.reason = ""
    after = [api.client.get(f"/_mock/{part}").json for part in ("clock", "chaos")]
    assert (after[0]["now"][:13], after[1]) == (before[0]["now"][:13], before[1])


def update(process: Process, limit: int) -> int:
    """Set the budget of a unit. Return the status; an error has the contract's body."""
    body = json.dumps({"budget": {"max_limit": limit, "reset_duration": "1d"}}).encode()
    status, answer = process.call("PUT", f"{UNIT}/governance", body)
    assert status == json.loads(answer).get("status_code", 200)
    return status


def limit_of(process: Process) -> int:
    return int(json.loads(process.call("GET", UNIT)[1])["budget"]["max_limit"])


@pytest.fixture
def started(store_url: str) -> Iterator[Process]:
    process = Process("--store", store_url)
    yield process
    process.kill()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_request_that_waits_for_a_lock_stops_no_other(started: Process, store_url: str) -> None:
    holder = sqlite3.connect(store_url, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(12) as pool:  # more than the mock has threads
        writers = [pool.submit(update, started, 7) for _ in range(12)]
        for _ in range(50):
            assert started.call("GET", UNIT)[0] == 200
        assert not any(writer.done() for writer in writers)
        holder.execute("ROLLBACK")
        assert {writer.result() for writer in writers} == {200}
    holder.close()
    assert started.stop(signal.SIGTERM) == (0, "", "")


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_full_disk_fails_the_writes_and_nothing_is_lost(started: Process, store_url: str) -> None:
    assert update(started, 3) == 200
    size = Path(f"{store_url}-wal").stat().st_size
    limits = resource.prlimit(started.popen.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(started.popen.pid, resource.RLIMIT_FSIZE, (size, limits[1]))
    assert [update(started, 4), update(started, 4), limit_of(started)] == [500, 500, 3]
    resource.prlimit(started.popen.pid, resource.RLIMIT_FSIZE, limits)
    assert [update(started, 5), limit_of(started)] == [200, 5]
    lines = started.stop(signal.SIGTERM)[2].splitlines()
    assert [bool(re.search("ERROR.* the store failed: ", line)) for line in lines] == [True, False], lines
    assert lines[1].endswith("the store can be written again")


def test_postgresql_is_restarted_under_load(postgresql: stores.Server) -> None:
    process = Process("--store", postgresql.new_database())
    with ThreadPoolExecutor(8) as pool:  # each thread of the mock has a connection that is lost
        for is_up in (True, False, True):
            if not is_up:
                postgresql.stop()
            statuses = set(pool.map(lambda limit: update(process, limit), range(1, 41)))
            if not is_up:
                postgresql.start()
            assert statuses == ({200} if is_up else {500})
    assert [update(process, 77), limit_of(process)] == [200, 77]
    code, _, log = process.stop(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in log
    assert log.count("can be written again") == 1


class Climber(threading.Thread):
    """Raises the budget of a unit of its own again and again."""

    def __init__(self, process: Process, name: str) -> None:
        super().__init__()
        self._process = process
        status, answer = process.call("POST", UNITS, json.dumps({"name": name}).encode())
        assert status == 200
        self.unit = f"{UNITS}/{json.loads(answer)['id']}"
        self.sent = self.acknowledged = 0
        self.statuses: list[int] = []
        self.turn = threading.Condition()
        self.is_over = False

    def run(self) -> None:
        while not self.is_over:
            self.sent += 1
            body = json.dumps({"budget": {"max_limit": self.sent, "reset_duration": "1d"}}).encode()
            status, _ = self._process.call("PUT", f"{self.unit}/governance", body)
            with self.turn:
                self.acknowledged = self.sent if status == 200 else self.acknowledged
                self.statuses.append(status)
                self.turn.notify()

    def wait(self, status: int) -> None:
        """Wait for a response with a status after those until now."""
        with self.turn:
            now = len(self.statuses)
            assert self.turn.wait_for(lambda: status in self.statuses[now:], timeout=20), self.statuses[-5:]


def test_no_acknowledged_write_is_lost_when_postgresql_is_restarted(postgresql: stores.Server) -> None:
    process = Process("--store", postgresql.new_database())
    climbers = [Climber(process, f"climber {number}") for number in range(4)]
    for climber in climbers:
        climber.start()
    for change, status in ((lambda: None, 200), (postgresql.stop, 500), (postgresql.start, 200)):
        change()
        for climber in climbers:
            climber.wait(status)
    for climber in climbers:
        climber.is_over = True
        climber.join()
        limit = json.loads(process.call("GET", climber.unit)[1])["budget"]["max_limit"]
        assert climber.acknowledged <= limit <= climber.sent
        assert set(climber.statuses) == {200, 500}
    code, _, log = process.stop(signal.SIGTERM)
    assert (code, "Traceback" in log) == (0, False), log


def test_a_server_of_postgresql_that_hangs_fails_the_request(
    postgresql: stores.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mock_server.store import postgresql as module

    store = module.open_database(postgresql.new_database(), lambda: ((), ()))
    monkeypatch.setattr(module, "_HANG_SECONDS", 0.2)
    pid = store.connection().info.backend_pid
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreError, match=r"no answer in 0\.2 seconds"):
            store.run(lambda tx: tx.page("", 0, 1))
        assert store.run(lambda tx: tx.page("", 0, 1)).total == 0  # on another connection
    finally:
        os.kill(pid, signal.SIGCONT)
        store.close()


@pytest.mark.parametrize("target", ["state.db", "."])
def test_a_file_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path, target: str) -> None:
    path = tmp_path / "state.db"
    open_store(str(path)).close()
    content = path.read_bytes()
    (tmp_path / target).chmod(0o555)
    # root may write everything, but not without this capability
    drop = ["setpriv", "--bounding-set=-dac_override"] if os.getuid() == 0 else []
    command = [*drop, sys.executable, "-m", "mock_server", "--port", "0", "--store", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment(KEY), capture_output=True, text=True, timeout=20)
    (tmp_path / target).chmod(0o755)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"governance-contract mock: [^\n]*(cannot be written|readonly)[^\n]*\n", done.stderr)
    assert (path.read_bytes(), os.listdir(tmp_path)) == (content, ["state.db"])
