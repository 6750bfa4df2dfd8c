"""The report as JUnit XML for CI servers, with one test case for each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from ...contract.citations import in_words
from ..escaping import harmless
from ..records import Status
from . import view

_NAME = "governance-contract"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(report: Mapping[str, Any]) -> str:
    """Return the report as XML 1.0.

    CI servers fail a job for a test case with a failure or an error, so only rules that decide the verdict have one.
    Known failures, and broken rules that do not decide, are skipped with a message.
    """
    clean = harmless(report)
    suite = ElementTree.Element("testsuite", name=_NAME)
    _add_properties(suite, clean)
    outcomes = Counter(_add_case(suite, clean, rule) for rule in clean["rules"])
    if clean["exit_code"] not in (0, 1) and not outcomes["error"]:
        # Without a failed test case, a CI server would show a successful run.
        of_run = {"classname": _NAME, "name": "The target can be judged.", "time": "0.000"}
        case = ElementTree.SubElement(suite, "testcase", of_run)
        ElementTree.SubElement(case, "error", message=view.sentence(clean), type=clean["verdict"])
        outcomes["error"] += 1
    numbers = {
        "tests": str(outcomes.total()),
        "failures": str(outcomes["failure"]),
        "errors": str(outcomes["error"]),
        "skipped": str(outcomes["skipped"]),
        "time": f"{clean['seconds']:.3f}",
        "timestamp": clean["started"].removesuffix("Z"),  # the JUnit schema allows no zone
    }
    suites = ElementTree.Element("testsuites", {"name": f"{_NAME} {clean['target']}", **numbers})
    suite.attrib.update(numbers)
    suites.append(suite)
    ElementTree.indent(suites)
    return _DECLARATION + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _add_properties(suite: ElementTree.Element, report: view.Report) -> None:
    contract = report["contract"]
    properties = ElementTree.SubElement(suite, "properties")
    facts = {
        "target": report["target"],
        "edition": contract["edition"],
        "contract-sha256": contract["sha256"],
        "seed": report["seed"] or "",
        "profile": report["profile"],
        "strict": str(report["strict"]).lower(),
        "requests": str(report["requests"]),
        "verdict": report["verdict"],
        "tool": f"{report['tool']['name']} {report['tool']['version']}",
    }
    facts |= {
        f"cause-{number}": f"{cause['kind'].upper()}: {cause['sentence']} ({', '.join(cause['rules'])})"
        for number, cause in enumerate(report["causes"], 1)
    }
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", name=name, value=value)


def _add_case(suite: ElementTree.Element, report: view.Report, rule: view.RuleReport) -> str:
    """Add the test case of a rule and return its outcome: passed, skipped, failure or error."""
    name = f"{rule['id']} {rule['title']}"
    case = ElementTree.SubElement(suite, "testcase", classname=rule["area"], name=name, time=f"{rule['seconds']:.3f}")
    outcome, message = _outcome(report, rule)
    if outcome != "passed":
        element = ElementTree.SubElement(case, outcome, message=message)
        if outcome != "skipped":
            element.set("type", f"{rule['level']} {rule['status']}")
            element.text = "\n\n".join(_details(report, rule))
    # The text of a failure or an error already begins with the citations.
    output = [] if outcome in ("failure", "error") else [_cited(rule)]
    if text := "\n\n".join([*output, *_output(rule)]):
        ElementTree.SubElement(case, "system-out").text = text
    return outcome


def _outcome(report: view.Report, rule: view.RuleReport) -> tuple[str, str]:
    first = next((f"expected {f['expected']}, got {f['got']}" for f in rule["failures"]), "")
    reason = rule["reason"] or ""
    match rule["status"]:
        case Status.PASS:
            return "passed", ""
        case Status.SKIP:
            return "skipped", reason
        case Status.KNOWN_FAILURE:
            return "skipped", f"known failure: {view.known_reason(report, rule)}"
        case Status.ERROR:
            return "error", reason.split("\n", 1)[0]
        case _ if rule["decides"]:
            return "failure", first
        case _:
            return "skipped", f"SHOULD rule, not counted without --strict: {first}"


def _cited(rule: view.RuleReport) -> str:
    return "\n".join(f"cites {in_words(citation)}" for citation in rule["cited"])


def _details(report: view.Report, rule: view.RuleReport) -> Iterator[str]:
    yield _cited(rule)
    for number, cause in enumerate(report["causes"], 1):
        if rule["id"] in cause["rules"]:
            yield f"cause    {number}, {cause['kind']}: {cause['sentence']}"
    if rule["reason"]:
        yield rule["reason"]
    for failure in rule["failures"]:
        yield f"in       {view.found_in(failure)}\nexpected {failure['expected']}\ngot      {failure['got']}"
    if rule["repeat"]:
        yield f"rerun    {rule['repeat']}"


def _output(rule: view.RuleReport) -> Iterator[str]:
    evidence = [rule["evidence"]] if rule["evidence"] else []
    for shown in [*rule["failures"], *evidence]:
        yield from (f"before: {view.earlier_text(earlier)}" for earlier in shown.get("before", ()))
        yield view.exchange_text(shown["exchange"])
        yield shown["exchange"]["curl"]
