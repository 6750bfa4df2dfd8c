"""Tests that Schemathesis runs as one subtest for each operation: one outcome and one record for each test."""

from __future__ import annotations

import json
from pathlib import Path

from gateway import running_gateway
from judging import gateway_credentials
from plain_pytest import outcomes, run_pytest

_MODULE = "governance_contract.areas.test_operations"


def _judge(folder: Path, *arguments: str, fault: str | None = None) -> tuple[str, dict[str, dict[str, object]]]:
    """Judge one rule with the user's pytest. Return the outcomes and the rules of the report by id."""
    with running_gateway(fault=fault, **gateway_credentials()) as gateway:
        options = (f"--contract-url={gateway.url}", "--contract-seed=1", "--contract-report-json=report.json")
        done = run_pytest(folder, "--pyargs", _MODULE, *options, *arguments)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return outcomes(done), {rule["id"]: rule for rule in report["rules"]}


def test_operations_without_a_finding_are_one_passed_test(tmp_path: Path) -> None:
    shown, rules = _judge(tmp_path, "--contract-rules=VALID-17", "--contract-profile=quick")
    assert shown.startswith("1 passed")
    assert {name: rule["status"] for name, rule in rules.items()} == {"VALID-17": "pass"}


def test_findings_of_operations_are_one_failed_test(tmp_path: Path) -> None:
    """The violation is recorded under its rule, with the operation and the smallest input."""
    shown, rules = _judge(tmp_path, "--contract-rules=VALID-17", fault="missing-name-accepted")
    assert shown.startswith("1 failed")
    failures = rules["VALID-17"]["failures"]
    assert isinstance(failures, list)
    assert failures[0]["test"].startswith("test_forbidden_requests_are_refused")
    assert failures[0]["exchange"]["request_body"] in ("{}", '{"": null}')


def test_the_time_limit_ends_all_operations(tmp_path: Path) -> None:
    shown, rules = _judge(tmp_path, "--contract-rules=RESP-09", "--contract-max-time=0.001")
    assert shown.startswith("2 skipped")
    assert rules["RESP-09"]["status"] == "skip"
