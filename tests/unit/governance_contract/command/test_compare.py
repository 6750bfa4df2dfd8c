"""The command ``compare``: what got better and what got worse between two reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from governance_contract.command import cli

_BROKEN, _PASSED, _SKIPPED, _KNOWN = "fail", "pass", "skip", "known-failure"


def _report(file: Path, **statuses: str) -> str:
    rules = [{"id": name, "level": "MUST", "title": f"{name}.", "status": one} for name, one in statuses.items()]
    file.write_text(json.dumps({"target": "http://t", "complete": True, "rules": rules}), encoding="utf-8")
    return str(file)


def _compared(folder: Path, old: dict[str, str], new: dict[str, str]) -> int:
    return cli.main(["compare", _report(folder / "old.json", **old), _report(folder / "new.json", **new)])


@pytest.mark.parametrize(
    ("before", "after", "heading", "code"),
    [
        (_PASSED, _BROKEN, "newly broken: 1", 1),
        (_SKIPPED, _BROKEN, "broken, not judged before: 1", 0),
        (_PASSED, _KNOWN, "newly accepted as a known failure: 1", 0),
        (_BROKEN, _PASSED, "hold now: 1", 0),
        (_BROKEN, _BROKEN, "still broken: 1", 0),
        (_PASSED, _SKIPPED, "no longer judged: 1", 0),
        (_PASSED, _PASSED, "no difference in the judged rules", 0),
    ],
)
def test_each_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, heading: str, code: int
) -> None:
    assert _compared(tmp_path, {"A-01": before}, {"A-01": after}) == code
    assert capsys.readouterr().out.splitlines()[-1] == heading


def test_a_rule_of_one_report_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _compared(tmp_path, {"A-01": _PASSED}, {"A-02": _BROKEN}) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "broken, not judged before: 1, no longer judged: 1"


@pytest.mark.parametrize("text", ["", "[]", '{"rules": [{}], "target": "t"}', "[" * 100_000])
def test_a_file_that_is_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    other = tmp_path / "other.json"
    other.write_text(text, encoding="utf-8")
    assert cli.main(["compare", _report(tmp_path / "old.json"), str(other)]) == 2
    assert capsys.readouterr().err == f"error: {other} is not a report: write one with --report-json\n"
