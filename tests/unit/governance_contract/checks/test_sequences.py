"""The generated sequences send what the contract permits, except the requests that a rule refuses."""

from __future__ import annotations

import json

from exchanges import CONTRACT
from governance_contract.checks.inputs.sequences import GovernanceStep, GovernanceStepKind, sequences
from governance_contract.checks.inputs.strategies import breaks_schema
from governance_contract.checks.update_effects import is_complete
from governance_contract.contract.operation_ids import CREATE_GOVERNANCE, UPDATE_GOVERNANCE
from hypothesis import given, settings
from hypothesis import strategies as st

_KINDS = [kind for kind in GovernanceStepKind if kind is not GovernanceStepKind.READ_NEIGHBOUR]
_BAD = (GovernanceStepKind.BAD_UPDATE, GovernanceStepKind.BAD_CREATE)
_OPERATIONS = {
    GovernanceStepKind.UPDATE: UPDATE_GOVERNANCE,
    GovernanceStepKind.NEIGHBOUR: UPDATE_GOVERNANCE,
    GovernanceStepKind.CREATE: CREATE_GOVERNANCE,
}


@given(sequences(CONTRACT, _KINDS))
def test_only_bad_steps_break_the_schema(steps: list[GovernanceStep]) -> None:
    for step in steps:
        assert bool(step.rule) == (step.kind in _BAD)
        if step.kind in _OPERATIONS:
            raw = json.dumps(step.body).encode()
            assert CONTRACT.operations[_OPERATIONS[step.kind]].permits(raw), step
        if step.rule == "VALID-15":
            assert breaks_schema(CONTRACT, UPDATE_GOVERNANCE, json.dumps(step.body).encode()), step


@settings(max_examples=300)  # about one of 50 sequences has such a budget
@given(sequences(CONTRACT, [GovernanceStepKind.UPDATE]))
def test_a_budget_without_the_flag_has_a_duration_that_can_be_aligned(steps: list[GovernanceStep]) -> None:
    for step in steps:
        budget = step.body.get("budget") or {}
        if "reset_duration" in budget and budget.get("calendar_aligned") is not False:
            assert CONTRACT.calendar_alignment.permits(budget["reset_duration"]), step


@given(st.data(), st.sets(st.sampled_from(_KINDS)))
def test_only_served_kinds_are_sent(data: st.DataObject, more: set[GovernanceStepKind]) -> None:
    kinds = [kind for kind in _KINDS if kind in more | {GovernanceStepKind.UPDATE}]
    # A creation that must be refused has a right one after it.
    allowed = {*kinds, *([GovernanceStepKind.CREATE] if GovernanceStepKind.BAD_CREATE in kinds else [])}
    assert {step.kind for step in data.draw(sequences(CONTRACT, kinds))} <= allowed


@given(sequences(CONTRACT, _KINDS))
def test_creations_are_complete(steps: list[GovernanceStep]) -> None:
    for step in steps:
        if step.kind is GovernanceStepKind.CREATE:
            assert all(is_complete(component, given) for component, given in step.body.items()), step
