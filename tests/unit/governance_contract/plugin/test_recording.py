"""The record of a test: its outcome for each kind of exception, and what is kept of exchanges."""

from __future__ import annotations

from dataclasses import replace

import pytest
from exchanges import CONTRACT, KEY, VALID, exchange, target
from governance_contract.checks.generation import StopGeneration
from governance_contract.checks.violation import Violation
from governance_contract.plugin.recording import TIME_LIMIT_REACHED, Recorder, cause_of, recorded
from governance_contract.results.records import Status, TestRecord
from governance_contract.target.errors import Blocked, GivenUp, NeverShown, NotApplicable, OutOfTime, Unreachable
from governance_contract.target.redaction import Redactor

_DONE = exchange(200, VALID)
_REDACT = Redactor([KEY])


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder(CONTRACT, _REDACT, keeps_evidence=True)
    recorder.start("areas/test_update.py::test_one", ["UPDATE-01"], {})
    return recorder


def _finished(recorder: Recorder) -> TestRecord:
    record = recorder.finish(0.5)
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (Blocked(f"no unit for {KEY}", _DONE), Status.ERROR, "no unit for [redacted]\n"),
        (Unreachable("nobody listens"), Status.ERROR, "nobody listens"),
        (OutOfTime(TIME_LIMIT_REACHED), Status.SKIP, TIME_LIMIT_REACHED),
        (pytest.skip.Exception("no team"), Status.SKIP, "no team"),
        (NotApplicable("no team"), Status.SKIP, "no team"),
        (TypeError("a text"), Status.ERROR, "TypeError: a text"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_the_status_of_a_test_that_raises(recorder: Recorder, error: BaseException, status: str, reason: str) -> None:
    assert recorder.record_error("test_one", error).startswith(reason)
    assert _finished(recorder).status == status


@pytest.mark.parametrize("error", [GivenUp("too slow"), NeverShown("no budget", _DONE), OutOfTime("too late")])
def test_a_test_without_a_result_is_unfinished(recorder: Recorder, error: BaseException) -> None:
    recorder.record_error("test_one", error)
    record = _finished(recorder)
    assert (record.status, record.unfinished) == (Status.SKIP, True)


def test_a_violation_breaks_the_rule_of_the_test_or_its_own(recorder: Recorder) -> None:
    recorder.record_error("test_one", Violation("budget.max_limit = 5", "6", _DONE))
    recorder.record_violation(Violation("no budget", "a budget", _DONE, rule="REMOVE-04"))
    failures = _finished(recorder).failures
    assert {rule: [one.test for one in found] for rule, found in failures.items()} == {
        "UPDATE-01": ["test_one"],
        "REMOVE-04": ["a test of another rule"],
    }


def test_a_recorded_violation_without_a_rule_breaks_the_rule_of_the_test(recorder: Recorder) -> None:
    recorder.record_violation(Violation("success", "400", _DONE))
    assert list(_finished(recorder).failures) == ["UPDATE-01"]


def test_the_rules_that_are_chosen_do_not_change_which_rule_is_broken(recorder: Recorder) -> None:
    recorder.start("areas/test_valid.py::test_two", ["VALID-16"], {}, ["VALID-12", "VALID-16"])
    recorder.record_error("test_two", Violation("status 400", "200", _DONE))
    assert list(_finished(recorder).failures) == ["VALID-12"]


def test_a_test_that_another_rule_ends_is_unfinished(recorder: Recorder) -> None:
    recorder.record_error("test_one", Violation("usage", "none", _DONE, rule="UPDATE-09"))
    record = _finished(recorder)
    assert (record.unfinished, record.reason) == (True, "a test ended at a violation of UPDATE-09")


def test_an_unexpected_value_is_a_skip_after_a_violation(recorder: Recorder) -> None:
    recorder.record_violation(Violation("a number", "a text", _DONE, rule="RESP-02"))
    assert "RESP-02" in recorder.record_error("test_one", TypeError("a text"))
    assert _finished(recorder).status == Status.SKIP


def test_a_change_is_better_evidence_than_an_update_that_changes_nothing(recorder: Recorder) -> None:
    for sent in (b'{"budget": {}}', b"{}"):
        one = exchange(200, VALID, sent=sent)
        recorder.observe(replace(one, request=replace(one.request, credential=target().keyring.management)))
    evidence = _finished(recorder).evidence
    assert evidence is not None
    assert evidence.exchange.request_body == '{"budget": {}}'


def test_evidence_is_only_recorded_for_a_report_that_shows_it() -> None:
    recorder = Recorder(CONTRACT, _REDACT, keeps_evidence=False)
    recorder.start("areas/test_update.py::test_one", ["UPDATE-01"], {})
    recorder.observe(exchange(200, VALID))
    assert _finished(recorder).evidence is None


def test_long_and_secret_texts_are_not_recorded_whole() -> None:
    body = (KEY + "x" * 3000).encode()
    shown = recorded(exchange(200, body), _REDACT)
    assert shown.response_body.startswith("[redacted]xxx")
    assert shown.response_body.endswith(f"... ({len(body)} bytes)")


def test_the_cause_of_a_group_is_the_first_known_error() -> None:
    violation = Violation("5", "6", _DONE)
    group = BaseExceptionGroup("flaky", [ValueError("x"), BaseExceptionGroup("inner", [violation])])
    assert cause_of(group) is violation
    stopped = StopGeneration()
    stopped.__cause__ = violation
    assert cause_of(stopped) is violation
