"""The edits of `tools/contract_edits.py`: a sample has the right outcome, and the table has a row for each."""

from __future__ import annotations

import copy

import pytest
from governance_contract.contract import yaml12
from judging import RUN_SECONDS
from tools.contract_edits import CONTRACT, TABLE, edits, judge_edit, pool, read_table, row_start
from tools.edits_named import NAMED

_JUDGED = (
    "a path parameter called bu-id",
    "creation answered 201",
    "default page 2",
)
_REFUSED = {
    "number /components/schemas/Int64/maximum 9223372036854775806": "'maximum' at /components/schemas/Int64:",
    'required /components/schemas/Budget/required ["id", ': "'required' at /components/schemas/Budget:",
}
_DOCUMENT = yaml12.load(CONTRACT.read_bytes())
_EDITS = {edit.name: edit for edit in edits(_DOCUMENT)}
_ROWS = read_table(_EDITS.values())


def test_a_sample_of_the_edits_is_judged_without_a_violation() -> None:
    with pool(2) as processes:
        names = [f"named  {name}" for name in _JUDGED]
        outcomes = processes.map(judge_edit, names, timeout=RUN_SECONDS)
        found = {name: outcome.text for name, outcome in zip(_JUDGED, outcomes, strict=True)}
    assert {name: text for name, text in found.items() if not text.startswith("no violation")} == {}
    assert found == {name: _ROWS[f"named  {name}"].text for name in _JUDGED}


@pytest.mark.parametrize("beginning", _REFUSED)
def test_what_the_mock_cannot_answer_is_refused_at_the_start(beginning: str) -> None:
    [name] = [name for name in _EDITS if name.startswith(beginning) and ("edited" in name or "[" not in beginning)]
    with pool(1) as processes:  # judging changes the environment of its process
        outcome = processes.submit(judge_edit, name).result(timeout=RUN_SECONDS)
    assert outcome.right, outcome.text
    assert outcome.text.startswith("refused by the mock: ")
    assert _REFUSED[beginning] in outcome.text
    assert outcome.text == _ROWS[name].text


def test_the_edits_are_distinct_and_change_the_document() -> None:
    assert len(_EDITS) == sum(1 for _ in edits(_DOCUMENT))
    for edit in _EDITS.values():
        edited = copy.deepcopy(_DOCUMENT)
        edit.apply(edited)
        assert edited != _DOCUMENT, edit.name


def test_every_kind_of_fact_is_edited() -> None:
    kinds = {"named", "path prefix", "parameter name", "status", "required", "enum", "default", "number"}
    assert kinds <= {edit.kind for edit in _EDITS.values()}


def test_the_table_has_a_row_with_a_right_outcome_for_each_edit() -> None:
    rows = [row for row in TABLE.read_text(encoding="utf-8").splitlines() if row.startswith("| ")][1:]
    starts = [row_start(edit) for edit in _EDITS.values()]
    assert [row for row in rows if "wrong" in row or not any(row.startswith(start) for start in starts)] == []
    assert [start for start in starts if not any(row.startswith(start) for row in rows)] == []
    assert len(rows) == len(_EDITS)


def test_the_named_edits_are_judged_and_not_refused() -> None:
    rows = [row for row in TABLE.read_text(encoding="utf-8").splitlines() if row.startswith("| named |")]
    assert len(rows) == len(NAMED)
    assert [row for row in rows if "no violation" not in row] == []
