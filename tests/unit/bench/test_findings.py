"""The benchmark of the checks: reading the reports of the tools, and when a fault counts as caught."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PUT = "PUT /api/governance/business-units/{id}/governance"


def _checks(*checks: dict[str, Any]) -> str:
    recorder = {"label": "Stateful tests", "checks": {"a1": list(checks)}, "interactions": {"a1": {}, "a2": {}}}
    return json.dumps({"ScenarioFinished": {"recorder": recorder}})


def _rules(path: Path, *rules: tuple[str, str, str, bool]) -> Path:
    keys = ("id", "level", "status", "decides")
    report = {"rules": [dict(zip(keys, rule, strict=True)) for rule in rules], "requests": 12}
    path.write_text(json.dumps(report), encoding="utf-8")
    return path


def test_schemathesis_kinds_combine_operation_and_check(findings: Any, tmp_path: Path) -> None:
    failed = {"name": "ignored_auth", "status": "failure", "failure_info": {"failure": {"operation": PUT}}}
    passed = {"name": "not_a_server_error", "status": "success"}
    lines = [
        json.dumps({"EngineStarted": {"id": "1"}}),
        _checks(passed, failed),
        _checks(failed, {"name": "use_after_free", "status": "error", "failure_info": None}),
        json.dumps({"NonFatalError": {"label": PUT, "value": {"type": "ConnectionError", "message": "gone"}}}),
        json.dumps({"ScenarioFinished": {"recorder": {"label": "without checks"}}}),
        '{"ScenarioFinished": {"rec',  # an incomplete line of a run that was stopped
    ]
    report = tmp_path / "report"
    report.write_text("\n".join(lines), encoding="utf-8")
    expected = {f"{PUT}: ignored_auth", "Stateful tests: use_after_free", f"{PUT}: ConnectionError"}
    assert findings.schemathesis_findings(report) == (expected, 4)  # two requests in each of two scenarios


def test_a_missing_report_has_no_kinds(findings: Any, tmp_path: Path) -> None:
    assert findings.schemathesis_findings(tmp_path / "none") == (frozenset(), 0)
    assert findings.our_findings(tmp_path / "none", 2) == (frozenset(), 0)
    assert findings.our_findings(tmp_path / "none", 1) == ({"exit code 1"}, 0)


def test_kinds_of_the_checks_are_the_rules_that_decide(findings: Any, tmp_path: Path) -> None:
    rules = [
        ("AUTH-01", "MUST", "pass", False),
        ("AUTH-02", "MUST", "fail", True),
        ("ERROR-05", "SHOULD", "fail", False),
    ]
    report = _rules(tmp_path / "report", *rules, ("LIST-07", "MUST", "skip", False))
    assert findings.our_findings(report, 1) == ({"MUST AUTH-02"}, 12)


@pytest.mark.parametrize(
    ("code", "kinds", "verdict"),
    [
        (1, {"new"}, "caught"),
        (1, {"known", "new"}, "caught"),
        (1, {"known"}, "missed"),  # also reported for the correct server
        (0, {"new"}, "missed"),
        (0, (), "missed"),
        (2, {"new"}, "error"),
        (-11, (), "error"),
        (None, {"new"}, "timeout"),
    ],
)
def test_a_fault_is_caught_by_a_kind_missing_from_the_baseline(
    findings: Any, code: int, kinds: Any, verdict: str
) -> None:
    assert findings.judge(findings.ToolRun(1.0, code, frozenset(kinds), 12), frozenset({"known"})) == verdict
