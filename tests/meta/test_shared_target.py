"""The checks on a shared target: they restore its state, respect its rate limits and end in time."""

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
from urllib.parse import quote

import pytest
from api_paths import UNITS
from gateway import running_gateway
from gateway.assembly import assemble
from gateway.messages import Request as GatewayRequest
from gateway.messages import Response
from gateway.odd import running_odd
from gateway.operations import Operations
from gateway.server import serving
from gateway.settings import Credentials, Settings
from judging import CREDENTIALS, command, gateway_credentials, judge
from proxying import proxying
from stub_server import Request, always, stub_server


def _state(url: str) -> dict[str, Any]:
    """Return the settings of every business unit of a server, without usage and timestamps."""

    def read(path: str) -> Any:
        request = urllib.request.Request(url + path)  # noqa: S310  a loopback URL
        request.add_header("Authorization", f"Bearer {CREDENTIALS['GOVERNANCE_API_KEY']}")
        with urllib.request.urlopen(request) as answer:  # noqa: S310  a loopback URL
            return json.load(answer)

    listed = read(f"{UNITS}?limit=100")["business_units"]
    units = {unit["id"]: read(f"{UNITS}/{quote(unit['id'], safe='')}") for unit in listed}
    return {key: _settings(unit) for key, unit in units.items()}


def _settings(unit: dict[str, Any]) -> dict[str, Any]:
    kept = ("max_limit", "reset_duration", "calendar_aligned")
    parts = {name: unit[name] for name in ("budget", "rate_limit") if name in unit}
    shown = {
        name: {field: value for field, value in part.items() if field.endswith(kept)} for name, part in parts.items()
    }
    return {"name": unit["name"], "team_count": unit["team_count"], **shown}


def _start(url: str, *arguments: str, stderr: int) -> subprocess.Popen[str]:
    """Start a run in its own process group, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", "governance_contract", "check", url, *arguments],
        env={**os.environ, **CREDENTIALS},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_an_interrupted_run_restores_the_target(
    number: signal.Signals, processes: tuple[str, ...], tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        team = gateway.team_id or ""
        named = ["--business-unit", gateway.unit_id, "--business-unit", gateway.spare_id, "--team", team]
        arguments = ["--quick", *named, "--report-json", str(report), *processes]

        def in_the_middle(request: Request) -> bool:
            if request.method != "PUT":
                return False
            state = _state(gateway.url)
            return state.keys() > before.keys() and state[gateway.unit_id] != before[gateway.unit_id]

        with proxying(gateway.url, hold=in_the_middle) as proxy:
            run = _start(proxy.url, *arguments, stderr=subprocess.STDOUT)
            assert proxy.reached.wait(120)
            # Ctrl-C reaches every process of the terminal, SIGTERM only the process that was started.
            os.killpg(run.pid, number) if number is signal.SIGINT else run.send_signal(number)
            proxy.resume.set()
            output = run.communicate(timeout=120)[0]
        assert _state(gateway.url) == before, output
    assert run.returncode == 2, output
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output
    assert json.loads(report.read_text(encoding="utf-8"))["complete"] is False


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_a_run_with_a_closed_output_pipe_restores_the_target(processes: tuple[str, ...]) -> None:
    """The situation of ``governance-contract check ... | head -1``."""
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        run = _start(gateway.url, *processes, stderr=subprocess.PIPE)
        assert run.stdout is not None
        run.stdout.read(1)
        run.stdout.close()
        run.stdout = None
        message = run.communicate(timeout=120)[1]
        assert _state(gateway.url) == before
    assert run.returncode == 2
    assert message == "error: the output cannot be written (Broken pipe); the run was stopped\n"


def test_units_left_on_an_unreachable_target_are_reported() -> None:
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        with proxying(gateway.url, interrupt_at=300, interruption="vanish") as proxy:
            judged = judge(proxy.url, "--quick", "--business-unit", gateway.unit_id)
        left = _state(gateway.url).keys() - before.keys()
    assert judged.code == 1, judged.output  # a local target that ends breaks ERROR-06
    assert judged.red["ERROR-06"] == "MUST"
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


def test_max_time_ends_the_run() -> None:
    with running_gateway(variant="slow", **gateway_credentials()) as gateway:
        before = _state(gateway.url)
        judged = judge(gateway.url, "--max-time", "3")
        assert _state(gateway.url) == before
    assert judged.code == 2, judged.output
    assert "time" in judged.report["problem"]
    assert judged.report["complete"] is False


def test_the_rate_limit_is_respected() -> None:
    with running_gateway(**gateway_credentials()) as gateway, proxying(gateway.url) as proxy:
        judged = judge(proxy.url, "--rate-limit", "20/s", rules=["VALID-02"])
    assert judged.code == 0, judged.output
    assert len(proxy.times) > 20
    # A request that reaches the proxy late shortens the interval that follows.
    assert proxy.times[-1] - proxy.times[0] > (len(proxy.times) - 1) / 20 - 0.2


def test_a_throttled_request_is_repeated() -> None:
    with running_gateway(variant="throttled", **gateway_credentials()) as gateway, proxying(gateway.url) as proxy:
        judged = judge(proxy.url, rules=["UPDATE-01"])
    assert judged.code == 0, judged.output
    assert 429 in proxy.statuses


def test_a_429_with_a_long_retry_after_ends_the_run() -> None:
    with stub_server(always(429, Retry_After="3600")) as server:
        done = command("check", server.url)
    assert done.returncode == 2
    assert re.fullmatch(r"error: .*429 Too Many Requests, Retry-After 3600 s; try --rate-limit\n", done.stderr)
    assert len({(request.method, request.target) for request in server.requests}) == len(server.requests), "repeated"


def test_throttling_during_a_run_gives_no_verdict() -> None:
    with running_gateway(**gateway_credentials()) as gateway:
        before = _state(gateway.url)
        with proxying(gateway.url, interrupt_at=40, interruption="throttle") as proxy:
            judged = judge(proxy.url, rules=["AUTH-01", "UPDATE-01"])
        left = _state(gateway.url).keys() - before.keys()
    assert judged.code == 2, judged.output
    assert "error" in {rule["status"] for rule in judged.report["rules"]}
    assert "429 Too Many Requests" in judged.output
    assert left, "no unit was left, so the report has none to name"
    named = " ".join(judged.report["left_behind"])
    assert [unit for unit in left if unit not in named] == [], judged.output


@pytest.mark.parametrize("unit", ["bu-growth", "bu-web"])
def test_a_named_unit_with_one_limit_of_two_gets_no_other_one(mock_url: str, unit: str) -> None:
    before = _state(mock_url)
    judged = judge(mock_url, "--quick", "--business-unit", unit, rules=["REMOVE"])
    assert judged.code == 0, judged.output
    assert _state(mock_url)[unit] == before[unit]


class _CountsUnits(Operations):
    """Knows how many business units existed at the same time."""

    most = 0

    def create_unit(self, request: GatewayRequest) -> Response:
        response = super().create_unit(request)
        self.most = max(self.most, len(self.store.units()))
        return response


def test_several_processes_judge_every_rule_with_few_units() -> None:
    counting = assemble(Settings(), Credentials(**gateway_credentials()), _CountsUnits)
    with serving(counting, 0) as server:
        before = _state(server.url)
        named = ("--business-unit", counting.unit_id, "--team", counting.team_id or "")
        judged = judge(server.url, *named, "-n", "2", "--quick", "--strict")
        assert _state(server.url) == before
    assert judged.code == 0, judged.output
    assert {rule["status"] for rule in judged.report["rules"]} == {"pass"}
    assert counting.pipeline.operations.most - len(before) <= 2 * 2 + 5


def test_a_quota_lowers_the_number_of_processes() -> None:
    with running_odd("quota", **gateway_credentials()) as (url, _):
        judged = judge(url, "-n", "8", "--quick", rules=["CONC", "LIST", "LIFE-02", "LIFE-13"])
    assert judged.code == 0, judged.output
    assert "so 2 processes judge the target\n" in judged.output


def test_several_processes_judge_a_target_with_only_the_update() -> None:
    with running_gateway(variant="put-only-404", **gateway_credentials()) as gateway:
        judged = judge(gateway.url, "--business-unit", gateway.unit_id, "-n", "2", rules=["UPDATE-01", "REMOVE-01"])
    assert judged.code == 0, judged.output


def test_several_processes_also_need_allow_writes() -> None:
    done = command("check", "https://gateway.example", "-n", "2")
    assert done.returncode == 2
    assert "--allow-writes" in done.stderr


def test_a_slow_target_is_judged_by_several_processes_within_the_rate() -> None:
    slow = assemble(Settings(delay=0.05), Credentials(**gateway_credentials()))
    with serving(slow, 0) as server:
        judged = judge(server.url, "--quick", "--rate-limit", "40", rules=["UPDATE"])
        alone = judge(server.url, "--quick", "-n", "1", rules=["ERROR-01"])
    assert judged.code == 0, judged.output
    assert re.search(r"^a response takes \d+ ms, so [23] processes judge the target", judged.output)
    assert "processes judge" not in alone.output
