"""Conformant servers of another make: the checks find nothing to fail on any of them.

`tox -e variants` judges each of them in whole runs with ten seeds; here a few are judged so, and all of them quickly.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gateway import VARIANTS
from judging import Judged

# Every answer waits: a whole run would take minutes and show no more.
_SAMPLE = ["AUTH-01", "UPDATE-01", "UPDATE-04", "REMOVE-01", "ALIGN-01", "VALID-01", "ERROR-01", "RESP-02", "CONC-01"]
_WAITING = {"slow", "throttled-second", "field-slow-first-answer"}


_JUDGED_WHOLE = ("plain", "put-only-405", "go-like", "lenient")


@pytest.mark.parametrize(
    ("variant", "profile"),
    [*((variant, "quick") for variant in VARIANTS), *((variant, "default") for variant in _JUDGED_WHOLE)],
)
def test_a_conformant_server_is_found_conformant(
    judge_gateway: Callable[..., Judged], variant: str, profile: str
) -> None:
    rules = f"--contract-rules={','.join(_SAMPLE) if variant in _WAITING else ''}"
    judged = judge_gateway(["--contract-seed=1", f"--contract-profile={profile}", rules], variant=variant)
    must = [rule for rule, level in judged.red.items() if level == "MUST"]
    assert must == [], judged.output
    assert judged.code == 0, judged.output
    assert judged.report["complete"] is True
