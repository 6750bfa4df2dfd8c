"""How the checks behave towards a target that is not theirs: nothing left behind, no haste, no endless run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from gateway import running_gateway
from judging import CREDENTIALS, command, gateway_credentials, judge
from proxying import proxying
from stub_server import Request, always, stub_server

_UNITS = "/api/governance/business-units"


def _state(url: str) -> dict[str, Any]:
    """Return every business unit of a server, read one by one, without what merely counts reads or time."""

    def read(path: str) -> Any:
        request = urllib.request.Request(url + path)  # noqa: S310  a URL of our own
        request.add_header("Authorization", f"Bearer {CREDENTIALS['GOVERNANCE_API_KEY']}")
        with urllib.request.urlopen(request) as answer:  # noqa: S310  likewise
            return json.load(answer)

    listed = read(f"{_UNITS}?limit=100")["business_units"]
    units = {unit["id"]: read(f"{_UNITS}/{unit['id']}") for unit in listed}
    return {key: _settings(unit) for key, unit in units.items()}


def _settings(unit: dict[str, Any]) -> dict[str, Any]:
    kept = ("max_limit", "reset_duration", "calendar_aligned")
    parts = {name: unit[name] for name in ("budget", "rate_limit") if name in unit}
    shown = {
        name: {field: value for field, value in part.items() if field.endswith(kept)} for name, part in parts.items()
    }
    return {"name": unit["name"], "team_count": unit["team_count"], **shown}


def _start(url: str, *arguments: str, stderr: int) -> subprocess.Popen[str]:
    """Start a run in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", "governance_contract", "check", url, *arguments],
        env={**os.environ, **CREDENTIALS},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


class _InTheMiddle:
    """Is true for an update of a unit of the run's own, once an update has changed a named unit."""

    def __init__(self, *named: str) -> None:
        self._named = named
        self._changed = False

    def __call__(self, request: Request) -> bool:
        if request.method != "PUT" or not request.target.endswith("/governance") or request.body == b"{}":
            return False
        if any(f"/{unit_id}/" in request.target for unit_id in self._named):
            self._changed = True
            return False
        return self._changed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_a_run_that_is_stopped_leaves_nothing_behind(
    number: signal.Signals, processes: tuple[str, ...], tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        team = gateway.team_id or ""
        named = ["--business-unit", gateway.unit_id, "--business-unit", gateway.spare_id, "--team", team]
        arguments = [*named, "--report-json", str(report), *processes]
        with proxying(gateway.url, hold=_InTheMiddle(gateway.unit_id, gateway.spare_id)) as proxy:
            run = _start(proxy.url, *arguments, stderr=subprocess.STDOUT)
            assert proxy.reached.wait(120)
            changed = _state(gateway.url)
            assert changed.keys() > before.keys()
            assert changed[gateway.unit_id] != before[gateway.unit_id]
            # Ctrl-C reaches every process of the terminal, SIGTERM the one that was started.
            os.killpg(run.pid, number) if number is signal.SIGINT else run.send_signal(number)
            proxy.resume.set()
            output = run.communicate(timeout=120)[0]
        assert _state(gateway.url) == before, output
    assert run.returncode == 2, output
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output
    assert json.loads(report.read_text(encoding="utf-8"))["complete"] is False


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_a_run_that_nobody_reads_leaves_nothing_behind(processes: tuple[str, ...]) -> None:
    """As in `governance-contract check ... | head -1`."""
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        run = _start(gateway.url, *processes, stderr=subprocess.PIPE)
        assert run.stdout is not None
        run.stdout.read(1)
        run.stdout.close()
        run.stdout = None
        complaint = run.communicate(timeout=120)[1]
        assert _state(gateway.url) == before
    assert run.returncode == 2
    assert complaint == "error: the output cannot be written (Broken pipe); the run was stopped\n"


def test_what_a_lost_target_keeps_is_named() -> None:
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        with proxying(gateway.url, interrupt_at=300, interruption="vanish") as proxy:
            judged = judge(proxy.url, "--business-unit", gateway.unit_id)
        left = _state(gateway.url).keys() - before.keys()
    assert judged.code == 2, judged.output
    assert "stopped responding" in judged.output
    assert judged.report["complete"] is False
    named = " ".join(judged.report["left_behind"])
    assert [unit for unit in (*left, gateway.unit_id) if unit not in named] == [], judged.output


def test_a_connection_closed_on_some_requests_is_a_violation() -> None:
    with running_gateway(fault="malformed-body-hangs-up", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, "--business-unit", gateway.unit_id, rules=["VALID-03", "VALID-13", "RESP-06"])
    assert judged.code == 1
    assert judged.red == {"VALID-03": "MUST", "ERROR-06": "MUST"}
    assert "no response: the connection was closed twice" in judged.output
    assert "-> no response" in judged.output


def test_a_run_ends_when_its_time_is_up() -> None:
    with running_gateway(variant="slow", **gateway_credentials()) as gateway:
        before = _state(gateway.url)
        judged = judge(gateway.url, "--max-time", "3")
        assert _state(gateway.url) == before
    assert judged.code == 2, judged.output
    assert "time" in judged.report["problem"]
    assert judged.report["complete"] is False


def test_a_rate_is_kept() -> None:
    with running_gateway(**gateway_credentials()) as gateway, proxying(gateway.url) as proxy:
        judged = judge(proxy.url, "--rate-limit", "20/s", rules=["AUTH-01"])
    assert judged.code == 0, judged.output
    assert len(proxy.times) > 20
    # A request may reach the proxy a little late: that makes the time after it shorter.
    assert proxy.times[-1] - proxy.times[0] > (len(proxy.times) - 1) / 20 - 0.2


def test_a_throttled_request_is_repeated() -> None:
    with running_gateway(variant="throttled", **gateway_credentials()) as gateway, proxying(gateway.url) as proxy:
        judged = judge(proxy.url, rules=["UPDATE-01"])
    assert judged.code == 0, judged.output
    assert 429 in proxy.statuses


def test_patience_with_429_has_an_end() -> None:
    with stub_server(always(429, Retry_After="3600")) as server:
        done = command("check", server.url)
    assert done.returncode == 2
    assert re.fullmatch(r"error: .*429 Too Many Requests, and 3600 s to wait; try --rate-limit\n", done.stderr)
    assert len({(request.method, request.target) for request in server.requests}) == len(server.requests), "repeated"


def test_a_target_that_begins_to_throttle_gets_no_verdict() -> None:
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        with proxying(gateway.url, interrupt_at=40, interruption="throttle") as proxy:
            judged = judge(proxy.url, rules=["AUTH-01", "UPDATE-01"])
        left = _state(gateway.url).keys() - before.keys()
    assert judged.code == 2, judged.output
    assert "error" in {rule["status"] for rule in judged.report["rules"]}
    assert "429 Too Many Requests" in judged.output
    named = " ".join(judged.report["left_behind"])
    assert [unit for unit in left if unit not in named] == [], judged.output


def test_several_processes_judge_every_rule() -> None:
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        team = gateway.team_id or ""
        judged = judge(
            gateway.url, "--business-unit", gateway.unit_id, "--team", team, "-n", "2", "--quick", "--strict"
        )
        assert _state(gateway.url) == before
    assert judged.code == 0, judged.output
    assert {rule["status"] for rule in judged.report["rules"]} == {"pass"}


def test_the_update_alone_is_judged_by_several_processes() -> None:
    with running_gateway(variant="put-only-404", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, "--business-unit", gateway.unit_id, "-n", "2", rules=["UPDATE-01", "REMOVE-01"])
    assert judged.code == 0, judged.output


def test_without_leave_nothing_is_sent_elsewhere() -> None:
    done = command("check", "https://gateway.example", "-n", "2")
    assert done.returncode == 2
    assert "--allow-writes" in done.stderr
