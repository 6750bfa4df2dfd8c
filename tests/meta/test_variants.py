"""Conformant variants: no rule is red on any of them, except SHOULD rules that a variant breaks.

A quick run judges every eighth server of `tools/variant_runs.py`. ``tox -e variants`` judges all of them with whole
runs and ten seeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from gateway import VARIANTS
from gateway.variants import combine
from judging import Judged
from tools.variant_runs import RUNS, false_alarms, run_options


def test_every_variant_is_judged_once() -> None:
    assert Counter(name for names in RUNS for name in names) == Counter(VARIANTS.keys())


@pytest.mark.parametrize("names", RUNS[::8], ids=lambda names: names[0])
def test_no_rule_is_red(judge_gateway: Callable[..., Judged], names: list[str]) -> None:
    judged = judge_gateway(run_options(names[0], 1, "quick"), variant=names)
    shown = f"variants: {' '.join(names)}\n{judged.output}"
    assert false_alarms(names, judged) == [], shown
    assert judged.code == 0, shown
    assert judged.report["complete"] is True


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("spaced-ids", "ulid-ids"), "two variants set id_style"),
        (("field-members-reversed", "field-spacious-json"), "two variants override encode"),
    ],
)
def test_variants_that_contradict_are_not_combined(names: tuple[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        combine(VARIANTS[name] for name in names)


def test_one_rule_can_be_judged_alone() -> None:
    slow = ["--contract-profile=quick", "--contract-seed=1"]
    assert run_options("slow", 1, "quick", "ALIGN-02") == [*slow, "--contract-rules=ALIGN-02"]
    assert run_options("plain", 1, "quick") == slow
