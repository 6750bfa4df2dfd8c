"""Conformant variants: no MUST rule is red on any of them.

A quick run judges each variant, and a whole run some of them. ``tox -e variants`` judges all variants with whole runs
and ten seeds.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gateway import VARIANTS
from judging import Judged
from variant_runs import run_options

_JUDGED_WHOLE = ("plain", "put-only-405", "go-like", "lenient")


@pytest.mark.parametrize(
    ("variant", "profile"),
    [*((variant, "quick") for variant in VARIANTS), *((variant, "default") for variant in _JUDGED_WHOLE)],
)
def test_no_must_rule_is_red_on_a_variant(judge_gateway: Callable[..., Judged], variant: str, profile: str) -> None:
    judged = judge_gateway(run_options(variant, 1, profile), variant=variant)
    must = [rule for rule, level in judged.red.items() if level == "MUST"]
    assert must == [], judged.output
    assert judged.code == 0, judged.output
    assert judged.report["complete"] is True
