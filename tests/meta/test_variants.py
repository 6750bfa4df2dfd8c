"""Conformant variants: no MUST rule is red on any of them.

A variant has settings or a part of its own. A quick run judges two variants at once: the settings of one and the part
of another. A whole run judges some alone. ``tox -e variants`` judges each variant alone, with whole runs and ten seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

import pytest
from gateway import VARIANTS
from judging import Judged
from variant_runs import run_options

_JUDGED_WHOLE = ("plain", "put-only-405", "go-like")
# They hide the behaviour of a part, or a run with them judges few rules or takes long.
_ALONE = {"plain", "put-only-404", "put-only-405", "no-teams", "slow", "throttled", "throttled-second"}
_WITH_SETTINGS = [name for name, variant in VARIANTS.items() if variant.part is None and name not in _ALONE]
_WITH_A_PART = [name for name, variant in VARIANTS.items() if variant.part is not None]
_RUNS = [
    *((name, None, "quick") for name in sorted(_ALONE)),
    *((settings or "plain", part, "quick") for settings, part in zip_longest(_WITH_SETTINGS, _WITH_A_PART)),
    *((name, None, "default") for name in _JUDGED_WHOLE),
]


def test_every_variant_is_judged() -> None:
    assert {name for variant, part, _ in _RUNS for name in (variant, part) if name} == set(VARIANTS)


@pytest.mark.parametrize(("variant", "part_of", "profile"), _RUNS)
def test_no_must_rule_is_red(
    judge_gateway: Callable[..., Judged], variant: str, part_of: str | None, profile: str
) -> None:
    judged = judge_gateway(run_options(part_of or variant, 1, profile), variant=variant, part_of=part_of)
    must = [rule for rule, level in judged.red.items() if level == "MUST"]
    assert must == [], judged.output
    assert judged.code == 0, judged.output
    assert judged.report["complete"] is True
