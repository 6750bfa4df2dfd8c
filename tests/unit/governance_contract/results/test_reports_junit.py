"""The JUnit XML report."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from governance_contract.results.records import Status
from governance_contract.results.reporting import junit, to_json
from reports import EVERY, HOSTILE, interrupted, red, result, run, unjudged


def _parse(report: dict[str, Any]) -> tuple[ElementTree.Element, ElementTree.Element]:
    """Return the root and the only suite."""
    root = ElementTree.fromstring(junit.render(report).encode())  # noqa: S314  our own text
    (suite,) = root
    return root, suite


def _cases(report: dict[str, Any]) -> dict[str, ElementTree.Element]:
    """Return the test case of each rule."""
    _, suite = _parse(report)
    return {str(case.get("name")).partition(" ")[0]: case for case in suite.findall("testcase")}


@pytest.mark.parametrize("name", EVERY)
def test_counts_match_the_test_cases(name: str) -> None:
    root, suite = _parse(EVERY[name]())
    for element in (root, suite):
        assert element.get("tests") == str(len(suite.findall("testcase")))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert element.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))
        assert element.get("time") == "74.250"
        assert element.get("timestamp") == "2026-06-17T09:30:00"


def test_the_properties_describe_the_run() -> None:
    _, suite = _parse(red("a reason"))
    facts = {one.get("name"): one.get("value") for one in suite.findall("properties/property")}
    assert (facts["edition"], facts["seed"]) == ("2026-06", "42")
    assert str(facts["target"]).startswith("http://gateway.example")


def test_each_rule_is_a_test_case_with_its_outcome() -> None:
    cases = _cases(red("a reason"))
    tags = {rule: [child.tag for child in case] for rule, case in cases.items()}
    assert tags == {
        "AUTH-01": ["system-out"],
        "AUTH-05": ["failure", "system-out"],
        "AUTH-15": ["skipped", "system-out"],  # a SHOULD rule in a run without --strict
        "UPDATE-01": ["skipped", "system-out"],
        "LIST-01": ["skipped", "system-out"],
        "LIFE-01": ["error"],
    }
    assert "known failure: a reason" in ElementTree.tostring(cases["UPDATE-01"], "unicode")


def test_a_test_case_has_the_name_of_the_rule() -> None:
    case = _cases(red("a reason"))["AUTH-05"]
    assert case.get("classname") == "AUTH"
    assert case.get("name") == "AUTH-05 A virtual key is refused."


def test_a_failure_has_its_exchanges() -> None:
    output = _cases(red("a reason"))["AUTH-05"].findtext("system-out") or ""
    assert "before: DELETE http://gateway.example/ya reason a reason -> 204" in output
    assert "PUT http://gateway.example/x?a reason a reason\n-> 200 a reason" in output
    assert "curl -i http://gateway.example/x?a reason" in output


def test_a_test_case_cites_the_contract() -> None:
    cases = _cases(red("a reason"))
    assert "cites Virtual keys" in (cases["AUTH-05"].findtext("failure") or "")
    assert "cites Missing or invalid credentials. (components/" in (cases["AUTH-01"].findtext("system-out") or "")


def test_any_text_is_valid_xml() -> None:
    _, suite = _parse(red(HOSTILE))
    text = suite.findtext("testcase[2]/failure") or ""
    assert "<img src=x onerror=alert(1)>" in text
    assert "\\x1b[31m" in text
    assert "\\ud800" in text


@pytest.mark.parametrize("report", [unjudged(), interrupted(), to_json(run(result("AUTH-01", Status.SKIP, "x")))])
def test_a_run_without_a_verdict_is_an_error(report: dict[str, Any]) -> None:
    root, _ = _parse(report)
    assert root.get("errors") == "1"
