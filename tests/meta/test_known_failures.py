"""Known failures: they are accepted with a reason, and an entry for a rule that passes is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import Judged, assert_error, command, judge_fault


def _judged_with(lines: str, file: Path, *, fault: str | None) -> Judged:
    file.write_text(lines, encoding="utf-8")
    return judge_fault(fault, "--quick", "--known-failures", str(file), rules=["AUTH-05", "AUTH-01"])


def test_a_known_failure_is_reported_and_not_counted(tmp_path: Path) -> None:
    lines = "# gateway 2.3\n\nAUTH-05  virtual keys are let in until 2.4\n"
    judged = _judged_with(lines, tmp_path / "known.txt", fault="virtual-key-accepted")
    assert judged.code == 0, judged.output
    assert {rule["id"]: rule["status"] for rule in judged.report["rules"]}["AUTH-05"] == "known-failure"
    assert "until 2.4" in judged.output


def test_another_failure_still_counts(tmp_path: Path) -> None:
    judged = _judged_with("AUTH-01 open for now", tmp_path / "known.txt", fault="virtual-key-accepted")
    assert judged.code == 1, judged.output


def test_a_known_failure_that_passes_is_an_error(tmp_path: Path) -> None:
    judged = _judged_with("AUTH-05 virtual keys are let in", tmp_path / "known.txt", fault=None)
    assert judged.code == 2
    assert "known failures that passed: AUTH-05" in judged.output


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("AUTH-99 never was", "line 1: there is no rule 'AUTH-99'"),
        ("# why\nAUTH-05\n", "line 2: AUTH-05 has no reason"),
        ("AUTH-05 one\nAUTH-05 two", "line 2: AUTH-05 is listed twice"),
    ],
)
def test_an_invalid_file(lines: str, says: str, tmp_path: Path) -> None:
    judged = _judged_with(lines, tmp_path / "known.txt", fault=None)
    assert judged.code == 2
    assert says in judged.output
    assert len(judged.output.strip().splitlines()) == 1


def test_a_missing_file() -> None:
    done = command("check", "http://127.0.0.1:9", "--known-failures", "no-such-file.txt")
    assert_error(done, "no-such-file.txt")
