"""The table of faults and rules is whole: no fault that no rule sees, no rule that sees no fault, no stale row.

That each row is still right takes long to judge: `tox -e mutants` does it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_table import TABLE, read_table, write_table
from gateway import FAULTS
from governance_contract.contract.rules import CATALOGUE

_TABLE = read_table()


def test_each_fault_has_a_row() -> None:
    assert list(_TABLE) == list(FAULTS)


def test_no_fault_is_missed() -> None:
    assert [name for name, (_, red) in _TABLE.items() if not red] == []


def test_what_breaks_the_published_contract_is_seen_by_a_rule_that_decides() -> None:
    must = {name: red for name, (_, red) in _TABLE.items() if FAULTS[name].level == "must"}
    assert [name for name, red in must.items() if not any(CATALOGUE[rule].level == "MUST" for rule in red)] == []


def test_each_rule_sees_a_fault() -> None:
    seen = {rule for _, red in _TABLE.values() for rule in red}
    assert seen == set(CATALOGUE)


def test_the_table_is_as_the_faults_describe_themselves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy = tmp_path / "FAULTS.md"
    monkeypatch.setattr("fault_table.TABLE", copy)
    write_table(_TABLE)
    assert copy.read_text(encoding="utf-8") == TABLE.read_text(encoding="utf-8")
