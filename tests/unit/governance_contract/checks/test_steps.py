"""A violation lists the steps that led to it, and what the steps created is deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from exchanges import exchange
from governance_contract.checks.steps import StepJudge
from governance_contract.checks.violation import Violation


class _Judge(StepJudge[str]):
    """Finds a violation in each step that begins with `bad`, and fails in `lost`."""

    def __init__(self) -> None:
        super().__init__()
        self.deleted = 0

    def take(self, step: str) -> Iterator[Violation]:
        if step == "lost":
            raise ConnectionError
        if step.startswith("bad"):
            yield Violation(f"no {step}", step, exchange(200), rule="LIFE-01")

    def delete(self) -> None:
        self.deleted += 1


def test_a_violation_lists_the_steps_before_it() -> None:
    judge = _Judge()
    found = list(judge.judge(["good", "bad 1", "good", "bad 2"]))
    assert [one.expected for one in found] == [
        "no bad 1, after: 1. good; 2. bad 1",
        "no bad 2, after: 1. good; 2. bad 1; 3. good; 4. bad 2",
    ]
    assert {one.rule for one in found} == {"LIFE-01"}
    assert judge.deleted == 1


def test_the_units_are_deleted_if_nobody_asks_for_more() -> None:
    judge = _Judge()
    violations = judge.judge(["bad", "bad"])
    next(violations)
    violations.close()
    assert judge.deleted == 1


def test_the_units_are_deleted_after_an_error() -> None:
    judge = _Judge()
    with pytest.raises(ConnectionError):
        list(judge.judge(["good", "lost", "bad"]))
    assert judge.deleted == 1
