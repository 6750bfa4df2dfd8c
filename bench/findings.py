"""The findings of a tool on a server, read from its report, and whether they catch a fault."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

Verdict = Literal["caught", "missed", "timeout", "error"]
Kinds = frozenset[str]
"""Kinds of finding: `METHOD /path: check` of Schemathesis, `LEVEL RULE` of the checks of this project."""

FOUND = 1
"""The exit code of both tools after a finding."""


class Findings(NamedTuple):
    """What the report of a run says: the kinds of finding, and the number of requests sent."""

    kinds: Kinds
    requests: int


class ToolRun(NamedTuple):
    """A run of a tool on a server: seconds, exit code (None: stopped at the time limit), kinds of finding, requests."""

    seconds: float
    code: int | None
    kinds: Kinds
    requests: int


def judge(run: ToolRun, baseline: Kinds) -> Verdict:
    """Return whether a run reports kinds of finding that the runs on the correct server do not report.

    Only a completed run counts. The findings of a run that was stopped are ignored.
    """
    if run.code is None:
        return "timeout"
    if run.code not in (0, FOUND):
        return "error"
    return "caught" if run.code == FOUND and run.kinds - baseline else "missed"


def schemathesis_findings(report: Path) -> Findings:
    """Read an NDJSON report of Schemathesis. The kinds are failed checks and errors of a whole operation."""
    kinds: set[str] = set()
    requests = 0
    for event in _events(report):
        for name, body in event.items():
            if name.endswith("ScenarioFinished"):
                recorder = body.get("recorder") or {}
                kinds.update(_failed_checks(recorder))
                requests += len(recorder.get("interactions") or ())
            elif name in ("NonFatalError", "FatalError"):
                error = body.get("value") or body.get("exception") or {}
                kinds.add(f"{body.get('label', 'the run')}: {error.get('type', name)}")
    return Findings(frozenset(kinds), requests)


def _events(report: Path) -> Iterator[Mapping[str, Any]]:
    if not report.is_file():
        return
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue  # the last line of a run that was stopped
            if isinstance(event, dict):
                yield event


def _failed_checks(recorder: Mapping[str, Any]) -> Iterator[str]:
    for checks in (recorder.get("checks") or {}).values():
        for check in checks:
            if check["status"] in ("failure", "error"):
                failure = (check.get("failure_info") or {}).get("failure") or {}
                yield f"{failure.get('operation') or recorder.get('label')}: {check['name']}"


def our_findings(report: Path, code: int | None) -> Findings:
    """Read a report of `governance-contract check --report-json`. The kinds are the rules that decide the exit code."""
    data = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {"rules": [], "requests": 0}
    kinds = frozenset(f"{rule['level']} {rule['id']}" for rule in data["rules"] if rule["decides"])
    return Findings(kinds or frozenset({"exit code 1"} if code == FOUND else ()), data["requests"])
