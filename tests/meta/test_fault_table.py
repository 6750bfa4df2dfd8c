"""The fault tables are complete: each fault has a row and a red rule, and each rule is red on a fault.

Judging every row takes long. ``tox -e mutants`` does this.
"""

from __future__ import annotations

from pathlib import Path

from fault_table import FOLDER, read_tables, write_tables
from gateway import FAULTS
from governance_contract.contract.rules import CATALOGUE

_FOUND = read_tables()


def test_each_fault_has_a_row() -> None:
    assert list(_FOUND) == list(FAULTS)


def test_no_fault_is_missed() -> None:
    assert [name for name, (_, red) in _FOUND.items() if not red] == []


def test_a_must_rule_is_red_on_each_fault_of_level_must() -> None:
    must = {name: red for name, (_, red) in _FOUND.items() if FAULTS[name].level == "must"}
    assert [name for name, red in must.items() if not any(CATALOGUE[rule].level == "MUST" for rule in red)] == []


def test_each_rule_is_red_on_a_fault() -> None:
    seen = {rule for _, red in _FOUND.values() for rule in red}
    assert seen == set(CATALOGUE)


def test_the_tables_are_up_to_date(tmp_path: Path) -> None:
    write_tables(_FOUND, tmp_path)
    names = sorted(page.relative_to(tmp_path) for page in tmp_path.rglob("*.md"))
    assert names == sorted([Path("FAULTS.md"), *(page.relative_to(FOLDER) for page in FOLDER.glob("faults/*.md"))])
    for name in names:
        assert (tmp_path / name).read_text(encoding="utf-8") == (FOLDER / name).read_text(encoding="utf-8")
