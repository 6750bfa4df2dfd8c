"""The fault tables are complete: each fault has a row and a red rule, and each rule is red on a fault.

Judging every row takes long. ``tox -e mutants`` does this.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fault_table import FOLDER, TABLES, read_tables, write_tables
from gateway import FAULTS
from governance_contract.contract.rules import CATALOGUE
from judging import run

_FOUND = read_tables()


_MEASURED = {name for name, fault in FAULTS.items() if fault.origin == "blind-4"}
"""Faults of rare inputs and states measure the checks. A run finds most of them, and a row may be empty."""


_NOT_JUDGED_YET = ("rare", "rare_requests", "unusual_ids", "unusual_names", "unusual_queries", "request_names")
"""Modules with faults that have not been judged: their rows are empty."""


def test_each_fault_has_a_row() -> None:
    assert set(_FOUND) <= set(FAULTS)
    missing = set(FAULTS) - set(_FOUND)
    assert {FAULTS[name].part.__module__.rpartition(".")[2] for name in missing} <= set(_NOT_JUDGED_YET)


def test_each_fault_turns_a_rule_red() -> None:
    """On a fault of level must, one of them is a MUST rule."""
    for name, (_, red) in _FOUND.items():
        assert red or name in _MEASURED, name
        shown = any(CATALOGUE[rule].level == "MUST" for rule in red)
        assert shown or FAULTS[name].level != "must" or name in _MEASURED, name


def test_each_rule_is_red_on_a_fault() -> None:
    seen = {rule for _, red in _FOUND.values() for rule in red}
    assert seen == set(CATALOGUE)


def test_the_tables_are_up_to_date(tmp_path: Path) -> None:
    write_tables(_FOUND, tmp_path)
    names = sorted(page.relative_to(tmp_path) for page in tmp_path.rglob("*.md"))
    assert names == sorted([Path("FAULTS.md"), *(page.relative_to(FOLDER) for page in FOLDER.glob(f"{TABLES}/*.md"))])
    for name in names:
        assert (tmp_path / name).read_text(encoding="utf-8") == (FOLDER / name).read_text(encoding="utf-8")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, FOLDER / "fault_table.py", *arguments])


def test_show_prints_why_the_rules_of_a_fault_are_red() -> None:
    done = _run("--show", "month-is-thirty-days")
    assert done.returncode == 0, done.stderr
    assert "FAIL  ALIGN-01 (MUST)" in done.stdout
    assert "exchange" in done.stdout


@pytest.mark.parametrize("names", [[], ["search-ignored", "search-respects-case"]], ids=len)
def test_show_needs_one_fault(names: list[str]) -> None:
    done = _run("--show", *names)
    assert done.returncode == 2
    assert done.stderr.endswith("error: --show needs the name of one fault\n")
