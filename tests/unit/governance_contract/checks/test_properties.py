"""Properties: how long it simplifies an input, and which exception it raises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, repeat
from typing import Any, cast
from unittest.mock import Mock

import pytest
from governance_contract.checks.generation import PROFILES, GenerationSettings, StopGeneration, generating
from governance_contract.checks.properties import OperationFindings, for_all
from governance_contract.checks.violation import Violation
from governance_contract.target.errors import Unreachable
from hypothesis import strategies as st


@pytest.mark.parametrize(("simplify", "most"), [(0, 1), (5, 6), (30, 31)])
def test_simplifying_an_input_is_limited(simplify: int, most: int) -> None:
    tried: list[int] = []

    def check(number: int) -> None:
        tried.append(number)
        assert number < 0, f"{number} is bad"

    with generating(GenerationSettings(1, PROFILES["default"])), pytest.raises(AssertionError, match=r"\d+ is bad"):
        for_all(st.integers(10**6, 10**9), check, max_shrinks=simplify)
    assert len(tried) <= most


def test_the_simplest_failing_input_is_reported() -> None:
    def check(number: int) -> None:
        if number > 1000:
            raise ValueError(number)

    with generating(GenerationSettings(1, PROFILES["default"])), pytest.raises(ValueError, match="1001"):
        for_all(st.integers(0, 10**6), check)


def test_an_unreachable_target_ends_the_property() -> None:
    check = Mock(side_effect=Unreachable("gone"))
    with generating(GenerationSettings(1, PROFILES["default"])), pytest.raises(Unreachable):
        for_all(st.integers(0, 10**6), check)
    check.assert_called_once()


def test_a_failure_that_does_not_repeat_is_reported() -> None:
    check = Mock(side_effect=chain([None, None, ValueError("seen once")], repeat(None)))
    with generating(GenerationSettings(1, PROFILES["default"])), pytest.raises(ValueError, match="seen once"):
        for_all(st.integers(0, 10**6), check)


@pytest.fixture
def usual_generation() -> Iterator[None]:
    """The settings of the default profile."""
    with generating(GenerationSettings(1, PROFILES["default"])):
        yield


class _Records:
    """A run that keeps the violations."""

    def __init__(self) -> None:
        self.found: list[Violation] = []

    def record_violation(self, violation: Violation) -> None:
        self.found.append(violation)


def _judge_inputs(
    findings: OperationFindings, operation: str, rules: list[str], *, can_be_simplified: bool
) -> list[str]:
    """Judge inputs that break one rule each; return the rules whose violation reached Hypothesis."""
    raised = []
    for rule in rules:
        findings.begin(operation)
        try:
            with findings.judging(operation, can_be_simplified=can_be_simplified):
                raise Violation("this", "that", cast(Any, None), rule=rule)
        except Violation as violation:
            raised.append(str(violation.rule))
    return raised


@pytest.mark.usefixtures("usual_generation")
def test_inputs_of_the_contract_are_recorded_once_for_each_operation() -> None:
    run = _Records()
    findings = OperationFindings(cast(Any, run))
    for operation in ("read", "update"):
        assert not _judge_inputs(findings, operation, ["A-01", "A-02", "A-01"], can_be_simplified=False)
    assert [violation.rule for violation in run.found] == ["A-01", "A-02"] * 2


@pytest.mark.usefixtures("usual_generation")
def test_the_first_generated_input_of_a_rule_is_simplified() -> None:
    run = _Records()
    findings = OperationFindings(cast(Any, run))
    assert _judge_inputs(findings, "read", ["A-01", "A-02", "A-01"], can_be_simplified=True) == ["A-01", "A-01"]
    assert _judge_inputs(findings, "update", ["A-01", "A-03"], can_be_simplified=True) == ["A-03"]
    assert [violation.rule for violation in run.found] == ["A-02", "A-01"]


@pytest.mark.usefixtures("usual_generation")
def test_simplifying_a_generated_input_ends_after_some_further_inputs() -> None:
    findings = OperationFindings(cast(Any, _Records()), max_shrinks=3)
    with pytest.raises(StopGeneration) as stopped:
        _judge_inputs(findings, "read", ["A-01"] * 10, can_be_simplified=True)
    assert isinstance(stopped.value.__cause__, Violation)
    assert not _judge_inputs(findings, "update", ["A-01"], can_be_simplified=True)


def test_an_unreachable_target_ends_the_property_in_operations() -> None:
    findings = OperationFindings(cast(Any, _Records()))
    with pytest.raises(StopGeneration) as stopped, findings.judging("read", can_be_simplified=True):
        raise Unreachable("gone")
    assert isinstance(stopped.value.__cause__, Unreachable)


def test_a_run_simplifies_only_so_many_inputs() -> None:
    def check(value: int) -> None:
        if value > 1000:
            raise ValueError(value)

    profile = replace(PROFILES["default"], most_shrinks=5)
    generation = GenerationSettings(1, profile)
    for test in ("one", "two", "three"):
        with generating(generation.of(test)), pytest.raises(ValueError, match=r"\d+"):
            for_all(st.integers(10**6, 10**9), check)
    assert generation.shrinks.tried == 5
