"""Helpers that run the checks against a server and return the exit code, the output and the report.

================  =================================  ==========================================================
function          judges                             by
================  =================================  ==========================================================
`judge`           the server at a URL                the command, in a process of its own
`judge_fault`     a gateway, correct or with faults  the command, in a process of its own
`judge_here`      a gateway, variants or faults      the plugin, in this process
`judge_url_here`  the server at a URL                the plugin, in this process
`judge_gateway`   as `judge_here`                    `judge_here` in another process; a fixture in `conftest.py`
`judging_pool`    nothing                            a pool of processes, for `judge_here` and `judge_url_here`
================  =================================  ==========================================================

A process can judge only once with the plugin, so a test uses `judge_gateway`, and a tool `judging_pool`. Both take half
the time of the command. `judge` and `judge_fault` also test the command itself.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any
from unittest.mock import patch

import governance_contract
import pytest
from gateway import running_gateway
from governance_contract import areas

CREDENTIALS = {
    "GOVERNANCE_API_KEY": "bfst-Zx81kQpLm20RtYbVn7WsEd5cUj3HgFa9oIq4TzXe",
    "GOVERNANCE_VIRTUAL_KEY": "sk-bf-5f1f0c1e-7f55-4b39-93a4-0d9b5a2a7c11",
    "GOVERNANCE_SESSION_TOKEN": "1c0e7a52-session-49f0-8d42-f3b6a1d20e77",
    "GOVERNANCE_DASHBOARD_TOKEN": "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJkYXNoIn0.c2lnbmVkLWJ5LW5vYm9keQ",
    "GOVERNANCE_USER_TOKEN": "usr_8Jd72LsQpWm3Nx5VbR0t",
}
os.environ.pop("GITHUB_ACTIONS", None)  # a run that a test starts is not annotated
PACKAGE = Path(governance_contract.__file__).parent
"""The package of the checks."""
RUN_SECONDS = 240
"""The time limit of one run of the checks."""


def gateway_credentials() -> dict[str, str]:
    """Return the credentials of a gateway as keyword arguments of ``running_gateway``."""
    return {name.removeprefix("GOVERNANCE_").lower(): value for name, value in CREDENTIALS.items()}


@dataclass(frozen=True)
class Judged:
    """The result of a run of the checks."""

    code: int
    output: str
    report: Mapping[str, Any]

    @property
    def red(self) -> dict[str, str]:
        """The rules with the status fail or error, and their levels."""
        rules = self.report.get("rules", [])
        return {rule["id"]: rule["level"] for rule in rules if rule["status"] in ("fail", "error")}


def run(words: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program and return its output as text. ``options`` are more options of ``subprocess.run``."""
    pipe = subprocess.PIPE
    usual = {"stdout": pipe, "stderr": pipe, "text": True, "timeout": RUN_SECONDS, "check": False}
    return subprocess.run(words, **usual | options)


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``governance-contract`` with the credentials and additional environment variables."""
    words = [sys.executable, "-m", "governance_contract", *arguments]
    return run(words, env={**os.environ, **CREDENTIALS, **environment})


def assert_error(done: subprocess.CompletedProcess[str], says: str) -> None:
    """Assert that a command ended with exit code 2 and one line of error, which contains a text."""
    output = (done.stdout or "") + done.stderr
    assert done.returncode == 2, output
    (line,) = (line for line in output.splitlines() if not line.startswith("no URL given: judging the bundled mock"))
    assert line.startswith("error: "), output
    assert says in line, output


def judge(url: str, *arguments: str, rules: Sequence[str] = (), examples: int = 3) -> Judged:
    """Judge the server at a URL with ``governance-contract check``."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "report.json")
        chosen = [word for rule in rules for word in ("--rule", rule)]
        # A fixed seed gives the same inputs in every run, so that the tests are deterministic.
        fixed = ("--seed", "1", "--max-examples", str(examples), "--report-json", str(report))
        done = command("check", url, *fixed, *chosen, *arguments)
        found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    return Judged(done.returncode, done.stdout + done.stderr, found)


def judge_fault(fault: str | None, *arguments: str, rules: Sequence[str] = ()) -> Judged:
    """Judge a gateway with a fault, or the correct one without, with ``governance-contract check``."""
    with running_gateway(fault=fault, **gateway_credentials()) as gateway:
        return judge(gateway.url, *arguments, rules=rules)


def judge_here(arguments: Sequence[str], **server: str | Sequence[str]) -> Judged:
    """Judge a variant, several at once, or a fault of the gateway with the plugin, in this process.

    A process can judge only once. This takes half the time of the command, which matters for hundreds of servers.
    """
    with running_gateway(**server, **gateway_credentials()) as gateway:
        units = [unit for unit in (gateway.unit_id, gateway.spare_id) if unit]
        judged = judge_url_here(gateway.url, arguments, units, gateway.team_id or "")
    assert judged.report, judged.output
    return judged


def judge_url_here(url: str, arguments: Sequence[str], units: Sequence[str], team: str) -> Judged:
    """Judge the server at a URL with the plugin, in this process. A process can judge only once.

    Args:
        url: the base URL.
        arguments: options of the plugin.
        units: the ids of the business units to name.
        team: the id of the team to name; empty for none.
    """
    os.environ |= {**CREDENTIALS, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    words = ["-c", str(PACKAGE / "pytest.ini"), "--rootdir", str(PACKAGE)]
    words += ["-p", "_hypothesis_pytestplugin", "-p", "governance_contract.plugin.entry"]
    words += [*arguments, f"--contract-url={url}", *(f"--contract-unit={unit}" for unit in units)]
    words += [f"--contract-team={team}"] if team else []
    output = io.StringIO()
    with tempfile.TemporaryDirectory() as directory, redirect_stdout(output), redirect_stderr(output):
        report = Path(directory, "report.json")
        code = pytest.main([*words, f"--contract-report-json={report}", str(PACKAGE)])
        found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    return Judged(int(code), output.getvalue(), found)


_AREAS = [f"{areas.__name__}.{module.name}" for module in pkgutil.iter_modules(areas.__path__)]
_IMPORTED_FIRST = ("schemathesis.specs.openapi.schemas", "gateway", "judging", *_AREAS)


def judging_pool(processes: int, imported_first: Sequence[str] = _IMPORTED_FIRST) -> ProcessPoolExecutor:
    """Return a pool of processes that have imported the plugin and other modules. Each process judges once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["governance_contract.plugin.start", *imported_first])
    # The command sets the same hash seed, so a seed gives the same inputs here. Some versions of Python start the
    # server without the import path, and then each process imports what the server did not find.
    folders = [str(Path(__file__).parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    with patch.dict(os.environ, PYTHONHASHSEED="0", PYTHONPATH=os.pathsep.join(filter(None, folders))):
        forkserver.ensure_running()
    return ProcessPoolExecutor(processes, mp_context=context, max_tasks_per_child=1)
