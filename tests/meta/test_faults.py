"""Every rule can fail: on a server with one fault it turns red, and the exit code says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from expected import PROOFS
from gateway import FAULTS, running_gateway
from governance_contract.contract.rules import CATALOGUE
from judging import Judged, gateway_credentials, judge


def test_every_rule_has_a_proof() -> None:
    assert set(PROOFS) == set(CATALOGUE)
    assert set(PROOFS.values()) <= set(FAULTS)


@pytest.mark.parametrize(("rule", "fault"), PROOFS.items())
def test_the_rule_turns_red(judge_gateway: Callable[..., Judged], rule: str, fault: str) -> None:
    judged = judge_gateway(["--contract-seed=1", "--contract-strict", f"--contract-rules={rule}"], fault=fault)
    assert rule in judged.red, judged.output
    assert judged.code == 1, judged.output


@pytest.mark.parametrize("level", ["MUST", "SHOULD"])
def test_only_must_rules_decide_unless_strict(level: str) -> None:
    rule = {"MUST": "UPDATE-04", "SHOULD": "UPDATE-08"}[level]
    with running_gateway(fault=PROOFS[rule], **gateway_credentials()) as gateway:
        assert judge(gateway.url, rules=[rule, "AUTH-01"]).code == (1 if level == "MUST" else 0)
        assert judge(gateway.url, "--strict", rules=[rule, "AUTH-01"]).code == 1
