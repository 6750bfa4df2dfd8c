"""Annotations for CI servers: written by the checks, and never by the target."""

from __future__ import annotations

import json
import re

import pytest
from governance_contract.results.reporting import ci_annotations
from reports import EVERY, HOSTILE, red


def test_github_gets_one_command_for_each_cause() -> None:
    report = red("x")
    lines = list(ci_annotations.of_github(report))
    assert len(lines) == len(report["causes"]) > 0
    for line in lines:
        assert re.fullmatch(r"::(error|warning) title=[^:,]+::[^\n]+", line)
        assert re.search(r"http://gateway\.example\S* breaks ", line)


def test_a_cause_that_does_not_decide_is_a_warning() -> None:
    report = red("x")
    report["causes"] = [{**report["causes"][0], "decides": decides} for decides in (False, True)]
    assert [line.split()[0] for line in ci_annotations.of_github(report)] == ["::error", "::warning"]


@pytest.mark.parametrize("text", [HOSTILE, "\n::error::forged", "%0A::error::forged", "##[error]forged"])
def test_text_from_the_target_is_no_further_command(text: str) -> None:
    for line in ci_annotations.of_github(red(text)):
        assert "\n" not in line
        assert "\r" not in line
        assert "%0A" not in line.replace("%250A", "")
        assert "##[" not in line
    assert "\n::" not in ci_annotations.render(red(text))


@pytest.mark.parametrize("name", EVERY)
def test_gitlab_gets_the_members_that_it_requires(name: str) -> None:
    report = EVERY[name]()
    issues = json.loads(ci_annotations.render(report))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(report["causes"])
    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} == set(issue)
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] == 1
