"""The table of how each rule is judged is up to date, and the examples of a rule miss the fault that its row names.

Judging every row takes long. ``tox -e broken`` does this.
"""

from __future__ import annotations

import os

import pytest
from tools.rule_tests import TABLE, is_missed_by_examples, read_missed_by_examples, rule_tests, table

_MISSED = read_missed_by_examples()
_WHOLE = bool(os.environ.get("GOVERNANCE_WHOLE_MATRIX"))


def test_the_table_of_tests_is_up_to_date() -> None:
    made = table(list(rule_tests()), _MISSED)
    assert TABLE.read_text(encoding="utf-8") == made, "run: python tests/meta/tools/rule_tests.py"


@pytest.mark.parametrize("rule", _MISSED if _WHOLE else list(_MISSED)[::40])
def test_the_examples_of_a_rule_miss_the_fault_of_its_row(rule: str) -> None:
    assert is_missed_by_examples(rule, _MISSED[rule])
