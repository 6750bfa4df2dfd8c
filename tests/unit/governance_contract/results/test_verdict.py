"""The verdict: one function computes it, and every output agrees with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from html import unescape
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pytest
from governance_contract.contract.rules import CATALOGUE, Level
from governance_contract.plugin.plan import Plan
from governance_contract.plugin.recording import set_outcome
from governance_contract.results.records import Failure, Status, TestRecord
from governance_contract.results.reporting import html, junit, markdown, terminal, to_json, view
from governance_contract.results.unusable_operations import UnusableOperation
from governance_contract.results.verdict import Results
from reports import exchange, result, run

_RULES = {Level.MUST: "AUTH-05", Level.SHOULD: "AUTH-15"}
_CHOICES: dict[str, tuple[str, ...]] = {
    "all rules": (),
    "a MUST rule alone": ("AUTH-05",),
    "a SHOULD rule alone": ("AUTH-15",),
    "SHOULD rules": ("AUTH-15", "AUTH-16"),
    "a MUST and a SHOULD rule": ("AUTH-05", "AUTH-15"),
}


def _in_junit(report: Mapping[str, Any]) -> str:
    """Return the JUnit outcome of the only rule: passed, skipped, failure or error."""
    (suite,) = ElementTree.fromstring(junit.render(report).encode())  # noqa: S314  our own text
    case = suite.find("testcase")
    assert case is not None
    found = [child.tag for child in case if child.tag != "system-out"]
    assert suite.get("failures") == str(found.count("failure"))
    return found[0] if found else "passed"


def _in_pytest(rule: str, strict: bool, chosen: tuple[str, ...]) -> tuple[str, bool]:
    """Return pytest's outcome for a test that found a violation, and whether ``-x`` stops the run there."""
    plan = cast(Plan, SimpleNamespace(strict=strict, rules=frozenset(chosen), known_failures={}))
    decides = Plan.decides(plan, [rule])
    report = cast(pytest.TestReport, SimpleNamespace(outcome="failed", longrepr=""))
    set_outcome(report, TestRecord([rule], failures={rule: [Failure("t", "e", "g", exchange())]}), decides=decides)
    return report.outcome, decides


def _in_bench(findings: Any, report: Mapping[str, Any], folder: Path) -> bool:
    """Return whether the benchmark counts the only rule."""
    (folder / "report").write_text(json.dumps(report), encoding="utf-8")
    return bool(findings.our_findings(folder / "report", 0).kinds)


@pytest.mark.parametrize("chosen", _CHOICES.values(), ids=_CHOICES)
@pytest.mark.parametrize("strict", [False, True], ids=["plain", "strict"])
@pytest.mark.parametrize(("level", "status"), list(product(Level, Status)))
def test_every_output_agrees_on_which_rules_decide(
    findings: Any, tmp_path: Path, level: Level, status: Status, strict: bool, chosen: tuple[str, ...]
) -> None:
    rule = _RULES[level]
    report = to_json(run(result(rule, status, "x"), strict=strict, chosen=chosen))
    (entry,) = report["rules"]
    broken = status is Status.FAIL
    counts = level is Level.MUST or strict or chosen in (("AUTH-15",), ("AUTH-15", "AUTH-16"))
    assert entry["decides"] is (status is Status.ERROR or (broken and counts))
    assert (report["exit_code"] == 1) is (broken and counts)
    assert (_in_junit(report) == "failure") is (broken and counts)
    text = terminal.render(report)
    assert ("does NOT conform" in text.splitlines()[-1]) is (broken and counts)
    assert ("not counted without --strict" in text) is (broken and not counts)
    for render in (markdown.render, html.render):
        assert ("does not count in the verdict" in render(report)) is (broken and not counts)
    assert _in_bench(findings, report, tmp_path) is entry["decides"]
    if broken:
        assert _in_pytest(rule, strict, chosen) == ("failed" if counts else "skipped", counts)


def test_a_violation_before_the_first_test_is_reported_first() -> None:
    results = Results(CATALOGUE, {})
    results.add(TestRecord(["AUTH-01"], failures={"AUTH-01": [Failure("t", "e", "g", exchange())]}))
    results.add(TestRecord(["ERROR-06"], failures={"ERROR-06": [Failure("later", "e", "g", exchange())]}))
    found = Failure("before the first test", "createBusinessUnit returns 200", "status 500", exchange())
    results.add_first("ERROR-06", found)
    first, second = results.settle()
    assert (first.rule.id, first.failures[0].test, len(first.failures)) == ("ERROR-06", "before the first test", 2)
    assert (second.rule.id, second.tests) == ("AUTH-01", 1)


def test_a_rule_does_not_hold_if_one_of_its_tests_ended_without_a_result() -> None:
    results = Results(CATALOGUE, {})
    results.add(TestRecord(["UPDATE-06"]))
    results.add(TestRecord(["UPDATE-06"], Status.SKIP, "no response shows a rate limit", unfinished=True))
    (verdict,) = results.settle()
    assert (verdict.status, verdict.reason) == (Status.SKIP, "no response shows a rate limit")


_REFUSED = "POST /api/governance/business-units was refused with 403"


def _limited(kind: str) -> dict[str, Any]:
    """Return the report of a run in which one operation could not be used."""
    unusable = [UnusableOperation("createBusinessUnit", kind, _REFUSED, exchange("no"))]
    return to_json(run(result("AUTH-01"), result("LIFE-01", Status.SKIP, _REFUSED), unusable=unusable))


@pytest.mark.parametrize("kind", ["refused", "broken"])
def test_rules_blocked_by_an_unusable_operation_qualify_the_verdict(kind: str) -> None:
    report = _limited(kind)
    said = f"1 rule was not judged: {_REFUSED}"
    assert report["exit_code"] == 0
    assert report["rules"][1]["blocked_by"] == ["createBusinessUnit"]
    assert f", but {said}" in terminal.render(report).splitlines()[-1]
    assert "Conforms, but 1 rule was not judged" in html.render(report)
    assert markdown.plain(said) in markdown.render(report)


@pytest.mark.parametrize("kind", ["not-served", "left-out"])
def test_an_operation_that_is_not_served_does_not_qualify_the_verdict(kind: str) -> None:
    report = _limited(kind)
    assert report["rules"][1]["blocked_by"] == []
    assert "not judged" not in terminal.render(report).splitlines()[-1]
    shown = view.evidence_of({"exchange": asdict(exchange("no"))})
    for render in (terminal.render, markdown.render, html.render):
        assert shown in unescape(render(report))
