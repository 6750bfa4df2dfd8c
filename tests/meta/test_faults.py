"""Every rule can fail: it is red on the faulty servers that prove it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import gateway
import pytest
from gateway import FAULTS, running_gateway
from governance_contract.contract.rules import AREAS, CATALOGUE
from judging import Judged, gateway_credentials, judge
from tools.fault_table import proofs

_WHOLE = bool(os.environ.get("GOVERNANCE_WHOLE_MATRIX"))
_ALL_PROOFS = sorted((rule, fault.name) for fault in FAULTS.values() for rule in fault.proves)
_PROOFS = proofs()
"""A fault that proves each rule. ``tox -e broken`` judges the other ones, too."""
_OF_GOOD_PRACTICE = [fault.name for fault in FAULTS.values() if fault.level == "should"]
_LEFT_OPEN = [
    "budget-recreated-by-any-update",
    "first-budget-needs-rate-limit",
    "removal-of-nothing-refused",
    "unknown-fields-refused",
    "update-cannot-add-budget",
    "update-cannot-begin-governance",
    "update-needs-governance",
]
"""Faults of level should that concern many tests. ``tox -e broken`` judges all faults of this level."""
REFUSES_LATER = {
    "removal-of-nothing-refused-later": "LIFE-13",
    "update-cannot-add-budget-later": "REMOVE-10 ALIGN-05 LIFE-13",
}
"""Faults of level should with red MUST rules: the server has accepted such an update before it refuses one."""


def test_every_rule_has_a_proof() -> None:
    assert set(_PROOFS) == set(CATALOGUE)


@pytest.mark.parametrize(("rule", "fault"), _ALL_PROOFS if _WHOLE else sorted(_PROOFS.items()))
def test_the_rule_turns_red(judge_gateway: Callable[..., Judged], rule: str, fault: str) -> None:
    options = ["--contract-seed=1", "--contract-strict", f"--contract-rules={rule}"]
    thorough = CATALOGUE[rule].thorough
    amount = ["--contract-max-examples=100"] if thorough else ["--contract-max-examples=2", "--contract-exitfirst"]
    judged = judge_gateway([*options, *amount], fault=fault)
    if not thorough and rule not in judged.red:  # a property needs more inputs, or another rule was red first
        judged = judge_gateway(options, fault=fault)
    assert rule in judged.red, judged.output
    assert judged.code == 1, judged.output


@pytest.mark.parametrize("fault", _OF_GOOD_PRACTICE if _WHOLE else _LEFT_OPEN)
def test_a_fault_of_level_should_breaks_no_must_rule(judge_gateway: Callable[..., Judged], fault: str) -> None:
    judged = judge_gateway(["--contract-seed=1", "--contract-profile=quick"], fault=fault)
    must = {rule for rule, level in judged.red.items() if level == "MUST"}
    assert must <= set(REFUSES_LATER.get(fault, "").split()), judged.output
    assert judged.red or _WHOLE, "a quick run shows each of the faults that CI judges"
    assert judged.code == bool(must), judged.output


@pytest.mark.parametrize("level", ["MUST", "SHOULD"])
def test_only_must_rules_decide_unless_strict(level: str) -> None:
    rule = {"MUST": "VALID-02", "SHOULD": "HTTP-04"}[level]
    with running_gateway(fault=_PROOFS[rule], **gateway_credentials()) as running:
        assert judge(running.url, rules=[rule, "RESP-04"]).code == (1 if level == "MUST" else 0)
        assert judge(running.url, "--strict", rules=[rule, "RESP-04"]).code == 1


def test_each_fault_name_is_written_once() -> None:
    folder = Path(gateway.__file__).parent / "faults"
    sources = "".join(source.read_text(encoding="utf-8") for source in folder.rglob("*.py"))
    assert sorted(re.findall(r'"([a-z0-9-]+)"(?:,\s+"(?:must|should)"|: \()', sources)) == sorted(FAULTS)


def test_each_folder_is_an_area() -> None:
    assert {fault.area for fault in FAULTS.values()} == set(AREAS)


def test_each_fault_has_a_unique_description() -> None:
    assert [name for name, fault in FAULTS.items() if not fault.description.endswith(".")] == []
    assert len({fault.description for fault in FAULTS.values()}) == len(FAULTS)
