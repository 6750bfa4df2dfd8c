"""The JSON report: its schema, the report of a real run, and the data of results in it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from governance_contract.contract.citations import cited
from governance_contract.contract.document import Contract, load
from governance_contract.contract.rules import CATALOGUE
from governance_contract.results.records import EarlierRequest, Evidence, Failure, Status, TestRecord
from governance_contract.results.reporting import RENDERERS, schema, summary, to_json, write
from governance_contract.results.verdict import Results
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from reports import EVERY, HOSTILE, exchange, green, red, result, run

_VALIDATOR = Draft202012Validator(json.loads(schema()), format_checker=FormatChecker(formats=("date-time",)))


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema of an object."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for member in node.values():
            yield from _objects(member)
    elif isinstance(node, list):
        for item in node:
            yield from _objects(item)


def test_the_schema_is_closed_and_describes_every_member() -> None:
    document = json.loads(schema())
    Draft202012Validator.check_schema(document)
    for found in _objects(document):
        assert found["description"]
        assert "additionalProperties" in found
        for name, member in found.get("properties", {}).items():
            assert member.get("description") or "$ref" in member, name


@pytest.mark.parametrize("name", EVERY)
def test_reports_are_valid(name: str) -> None:
    report = EVERY[name]()
    _VALIDATOR.validate(report)
    assert list(report)[-1] == "complete"


def test_a_real_run_writes_a_valid_report(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    command = [sys.executable, "-m", "governance_contract", "check", "--rule", "AUTH-05", "--rule", "RESP-01"]
    subprocess.run([*command, "--report-json", str(file)], check=True, capture_output=True, timeout=120)
    report = json.loads(file.read_text(encoding="utf-8"))
    _VALIDATOR.validate(report)
    assert report["verdict"] == "conforms"
    assert report["contract"]["title"] == "Business-unit governance API"


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        {"verdict": "does-not-conform"},
        {"exit_code": 3},
        {"problem": "target unreachable"},
        {"started": "yesterday"},
        {"seconds": -1},
        {"known_failures": {"no rule": "x"}},
        {"rules": [{}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_rejects_an_invalid_report(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _VALIDATOR.validate({**green(), **change})


def test_reports_with_hostile_text_can_be_written(tmp_path: Path) -> None:
    write("json", tmp_path / "report.json", run(result("AUTH-05", Status.FAIL, HOSTILE)))
    read = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    expected = read["rules"][0]["failures"][0]["expected"]
    assert "\\ud800" in expected
    assert "\x1b" in expected
    for kind in ("html", "junit", "markdown"):
        write(kind, tmp_path / kind, run(result("AUTH-05", Status.FAIL, HOSTILE)))
        assert (tmp_path / kind).stat().st_size


def test_every_rule_has_its_normative_text_and_repeat_command() -> None:
    rules = {rule["id"]: rule for rule in red()["rules"]}
    for rule in rules.values():
        assert rule["cited"] == cited(load(), CATALOGUE[rule["id"]])
    assert rules["AUTH-05"]["repeat"].endswith("--rule AUTH-05 --seed 42")


def test_a_place_missing_from_the_contract_is_reported() -> None:
    edited = copy.deepcopy(load().document)
    edited["components"]["securitySchemes"]["ManagementBearerAuth"]["description"] = "Use any credential."
    facts = run(result("AUTH-05", Status.FAIL, "x"), contract=Contract(edited, load().digest))
    report = to_json(facts)
    _VALIDATOR.validate(report)
    assert report["rules"][0]["cited"][0]["text"] is None
    shown = {kind: render(report) for kind, render in RENDERERS.items()} | {"terminal": "\n".join(summary(facts))}
    del shown["codequality"]  # it has one line for each cause
    for kind, text in shown.items():
        assert "ManagementBearerAuth/description" in text
        assert kind == "json" or "not in this contract" in text.lower()


@pytest.mark.parametrize(
    ("results", "changes", "code"),
    [
        ([("AUTH-01", Status.PASS)], {}, 0),
        ([("AUTH-01", Status.PASS), ("AUTH-15", Status.FAIL)], {}, 0),
        ([("AUTH-01", Status.PASS), ("AUTH-15", Status.FAIL)], {"strict": True}, 1),
        ([("AUTH-01", Status.PASS), ("AUTH-02", Status.KNOWN_FAILURE)], {}, 0),
        ([("AUTH-01", Status.SKIP)], {}, 2),
        ([("AUTH-01", Status.PASS)], {"complete": False}, 2),
        ([], {"problem": "target unreachable", "complete": False}, 2),
        ([("AUTH-01", Status.FAIL)], {"problem": "the time was up", "complete": False}, 1),
    ],
)
def test_exit_code_and_verdict_of_a_run(results: list[tuple[str, Status]], changes: dict[str, Any], code: int) -> None:
    report = to_json(run(*(result(rule, status, "x") for rule, status in results), **changes))
    assert report["exit_code"] == code
    assert report["verdict"] == ("conforms", "does-not-conform", "no-verdict")[code]


def test_seconds_and_evidence_are_preserved() -> None:
    results = Results(CATALOGUE, {})
    for number in (1, 2):
        record = TestRecord(["AUTH-01"], seconds=0.5, evidence=Evidence(exchange(f"number {number}")))
        results.add(TestRecord.from_json(record.to_json()))
    results.add(TestRecord(["AUTH-01"], seconds=0.25))
    failure = Failure("t", "e", "g", exchange())
    results.add(TestRecord(["AUTH-02"], failures={"AUTH-02": [failure]}, evidence=Evidence(exchange())))
    one, other = results.settle()
    assert (one.seconds, one.evidence, one.tests) == (1.25, Evidence(exchange("number 2")), 3)
    assert other.evidence is None


def test_failures_are_serialised_without_loss() -> None:
    before = [EarlierRequest("PUT", "http://gateway.example/x", "{}", None)]
    failure = Failure("t", "e", "g", exchange(status=None, response_headers={}, response_body=""), before)
    record = TestRecord(["AUTH-02"], failures={"AUTH-02": [failure]})
    assert TestRecord.from_json(record.to_json()) == record


def test_a_failure_contains_its_exchange() -> None:
    failure = red("a reason")["rules"][1]["failures"][0]
    assert failure["exchange"]["status"] == 200
    assert failure["exchange"]["request_body"] == "a reason"
    assert failure["exchange"]["request_headers"]["Authorization"] == "Bearer $GOVERNANCE_API_KEY"
    earlier = {"method": "DELETE", "url": "http://gateway.example/ya reason", "request_body": "a reason", "status": 204}
    assert failure["before"] == [earlier]
