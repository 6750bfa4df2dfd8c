"""The exit status of a session, from pytest's own status and the verdict of the checks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from governance_contract.plugin.run_outcome import RunOutcome
from governance_contract.results.exit_code import ExitCode

_CONFORMS, _BROKEN, _NO_VERDICT = ExitCode.CONFORMS, ExitCode.DOES_NOT_CONFORM, ExitCode.NO_VERDICT


def _outcome(verdict: ExitCode, failed_checks: int = 0) -> RunOutcome:
    plan: Any = SimpleNamespace(known_failures={})
    outcome = RunOutcome(plan, cast(Any, None))
    outcome.exit_status, outcome.failed_checks = verdict, failed_checks
    return outcome


@pytest.mark.parametrize(
    ("status", "failed", "failed_checks", "verdict", "expected"),
    [
        (pytest.ExitCode.OK, 0, 0, _CONFORMS, 0),
        (pytest.ExitCode.OK, 0, 0, _NO_VERDICT, 2),
        (pytest.ExitCode.NO_TESTS_COLLECTED, 0, 0, _NO_VERDICT, 2),
        (pytest.ExitCode.NO_TESTS_COLLECTED, 0, 0, _CONFORMS, 0),
        # Only checks failed: of SHOULD rules, of MUST rules, or without a verdict.
        (pytest.ExitCode.TESTS_FAILED, 2, 2, _CONFORMS, 0),
        (pytest.ExitCode.TESTS_FAILED, 2, 2, _BROKEN, 1),
        (pytest.ExitCode.TESTS_FAILED, 2, 2, _NO_VERDICT, 2),
        # A test of the user failed, too, or alone.
        (pytest.ExitCode.TESTS_FAILED, 3, 2, _CONFORMS, 1),
        (pytest.ExitCode.TESTS_FAILED, 1, 0, _CONFORMS, 1),
        (pytest.ExitCode.TESTS_FAILED, 3, 2, _NO_VERDICT, 2),
        # Another plugin failed the session without a failed test, such as a coverage that is too low.
        (pytest.ExitCode.TESTS_FAILED, 0, 0, _CONFORMS, 1),
        (pytest.ExitCode.INTERRUPTED, 0, 0, _CONFORMS, 2),
        (pytest.ExitCode.INTERNAL_ERROR, 0, 0, _CONFORMS, 3),
        (pytest.ExitCode.USAGE_ERROR, 0, 0, _NO_VERDICT, 4),
        (77, 0, 0, _BROKEN, 77),
    ],
)
def test_the_verdict_replaces_a_status_that_only_checks_caused(
    status: int, failed: int, failed_checks: int, verdict: ExitCode, expected: int
) -> None:
    session: Any = SimpleNamespace(exitstatus=status, testsfailed=failed)
    assert _outcome(verdict, failed_checks).session_status(session, ended_by_checks=False) == expected


@pytest.mark.parametrize(("ended_by_checks", "expected"), [(True, 1), (False, 2)])
def test_an_interruption_by_the_checks_is_theirs(*, ended_by_checks: bool, expected: int) -> None:
    session: Any = SimpleNamespace(exitstatus=pytest.ExitCode.INTERRUPTED, testsfailed=1)
    assert _outcome(_BROKEN, 1).session_status(session, ended_by_checks=ended_by_checks) == expected


def test_the_first_reason_of_an_early_end_is_kept() -> None:
    outcome = _outcome(_CONFORMS)
    outcome.end_early("the time limit was reached")
    outcome.end_early("interrupted")
    assert outcome.ended_early == "the time limit was reached"
