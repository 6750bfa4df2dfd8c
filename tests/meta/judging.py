"""Runs the checks against a server, as a user would: the command, its exit code, its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CREDENTIALS = {
    "GOVERNANCE_API_KEY": "bfst-Zx81kQpLm20RtYbVn7WsEd5cUj3HgFa9oIq4TzXe",
    "GOVERNANCE_VIRTUAL_KEY": "sk-bf-5f1f0c1e-7f55-4b39-93a4-0d9b5a2a7c11",
    "GOVERNANCE_SESSION_TOKEN": "1c0e7a52-session-49f0-8d42-f3b6a1d20e77",
    "GOVERNANCE_DASHBOARD_TOKEN": "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJkYXNoIn0.c2lnbmVkLWJ5LW5vYm9keQ",
    "GOVERNANCE_USER_TOKEN": "usr_8Jd72LsQpWm3Nx5VbR0t",
}
_PATIENCE = 240


def gateway_credentials() -> dict[str, str]:
    """Return the credentials that a gateway knows, as arguments of ``running_gateway``."""
    return {name.removeprefix("GOVERNANCE_").lower(): value for name, value in CREDENTIALS.items()}


@dataclass(frozen=True)
class Judged:
    """What a run of the checks said."""

    code: int
    output: str
    report: Mapping[str, Any]

    @property
    def red(self) -> dict[str, str]:
        """Rules with a verdict other than pass and skip, and their level."""
        return {
            rule["id"]: rule["level"] for rule in self.report.get("rules", []) if rule["status"] in ("fail", "error")
        }


def command(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``governance-contract`` with an environment added to this one."""
    return subprocess.run(
        [sys.executable, "-m", "governance_contract", *arguments],
        env={**os.environ, **(CREDENTIALS if environment is None else environment)},
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


def judge(url: str, *arguments: str, rules: Sequence[str] = (), examples: int = 3) -> Judged:
    """Judge the server at a URL with ``governance-contract check``."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "report.json")
        chosen = [word for rule in rules for word in ("--rule", rule)]
        # A fixed seed: the same inputs on every run, so that no test needs luck.
        fixed = ("--seed", "1", "--max-examples", str(examples), "--report-json", str(report))
        done = command("check", url, *fixed, *chosen, *arguments)
        found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    return Judged(done.returncode, done.stdout + done.stderr, found)
