"""Records the exchanges and the outcome of each test."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import pytest

from ..checks.every_response import observe
from ..checks.generation import StopGeneration
from ..checks.violation import Violation, wrong_status
from ..contract.document import Contract
from ..results.records import (
    BEFORE_TESTS,
    EVERY_RESPONSE,
    EarlierRequest,
    Evidence,
    Failure,
    RecordedExchange,
    Status,
    TestRecord,
)
from ..results.reporting import view
from ..target.errors import Blocked, GivenUp, NeverShown, NotApplicable, OutOfTime, Unreachable
from ..target.exchange import Exchange, Observation
from ..target.redaction import CONCEALED, Redactor
from ..target.target import Target
from ..vocabulary import MANAGEMENT_KEY_NAME
from .facts import Described, FactFinder

_SHOWN_BEFORE = 3
_MOST_SIMILAR = 20
"""How many violations by responses with the same expectation are recorded."""
_SHOWN_TEXT = 2000
_RULE_OF_A_CRASH = "ERROR-06"
_MOST_REPEATED_REQUESTS = 3
"""Requests without a response that are sent once more at the end."""
_UNEXPECTED_VALUE = (TypeError, AttributeError, KeyError, ValueError, IndexError)
TIME_LIMIT_REACHED = "the time limit of the run was reached"


class Recorder:
    """Keeps the record of the running test."""

    def __init__(self, contract: Contract, redact: Redactor, *, keeps_evidence: bool) -> None:
        """Prepare the recorder.

        Args:
            contract: the contract in use.
            redact: removes secrets from every recorded text.
            keeps_evidence: whether an exchange is recorded for each test that passes. Only reports in files show it.
        """
        self._contract = contract
        self._keeps_evidence = keeps_evidence
        self._facts = FactFinder(contract)
        self._redact = redact
        self._record: TestRecord | None = None
        self._test = self._default_rule = ""
        self._rules_of_test: set[str] = set()
        self._evidence: tuple[int, Exchange] | None = None
        self._observed: dict[int, tuple[Exchange, list[Exchange]]] = {}
        """Each exchange of the test, by its identity, and the last requests before it that may have changed state."""
        self._changes: deque[Exchange] = deque(maxlen=_SHOWN_BEFORE)
        self._similar: dict[tuple[str, ...], dict[tuple[str, ...], Failure]] = defaultdict(dict)
        """The violations by responses, by the rule and the expectation."""

    @property
    def record(self) -> TestRecord | None:
        """The record of the running test; None if no test is running."""
        return self._record

    def start(self, test: str, rules: Sequence[str], skipped: Mapping[str, str], others: Sequence[str] = ()) -> None:
        """Start the record of a test.

        Args:
            test: its node id.
            rules: as for ``TestRecord``.
            skipped: as for ``TestRecord``.
            others: all rules that the test judges, also those that the user did not choose, in their order.
        """
        self._test, self._rules_of_test = test, {*rules, *others}
        self._default_rule = (*others, *rules)[0]
        self._record, self._evidence = TestRecord(list(rules), skipped=dict(skipped)), None
        self._observed.clear()
        self._changes.clear()

    def finish(self, seconds: float) -> TestRecord | None:
        """Complete the record of a test and return it."""
        record, self._record = self._record, None
        if record is not None:
            record.seconds = seconds
            if self._evidence is not None and record.status == Status.PASS and not record.failures:
                record.evidence = Evidence(recorded(self._evidence[1], self._redact))
        return record

    def observe(self, exchange: Exchange) -> None:
        """Check a response against the rules for every response, and keep it if it is the best evidence so far."""
        if self._record is None:
            return
        self._observed[id(exchange)] = exchange, list(self._changes)
        if exchange.method not in ("GET", "HEAD", "OPTIONS"):
            self._changes.append(exchange)
        for observation in observe(self._contract, exchange):
            self._record_observation(observation, self._record.failures.setdefault(observation.rule, []))
        if not self._keeps_evidence:
            return
        weight = _weight(exchange)
        if self._evidence is None or weight >= self._evidence[0]:
            self._evidence = (weight, exchange)

    def _record_observation(self, observation: Observation, failures: list[Failure]) -> None:
        """Add a violation by a response to those of its rule. Equal ones, and many similar ones, are recorded once.

        A target may break the same rules with each of thousands of responses.
        """
        key = observation.rule, observation.expected, observation.got
        similar = self._similar[key[:2]]
        if key not in similar and len(similar) < _MOST_SIMILAR:
            similar[key] = self._failure(EVERY_RESPONSE, observation)
            failures.append(similar[key])
        elif not failures:
            failures.append(similar.get(key) or next(iter(similar.values())))

    def note(self, text: str) -> None:
        """Add a note to the record."""
        if self._record is not None:
            self._record.notes.append(self._redact(text))

    def record_violation(self, violation: Violation) -> None:
        """Record a violation without ending the test. Without a rule, it breaks the first rule of the test."""
        if self._record is not None:
            rule = violation.rule or self._default_rule
            test = self._test if rule in self._record.rules else "a test of another rule"
            self._record.failures.setdefault(rule, []).append(self._failure(test, violation))

    def failure_before_tests(self, violation: Described) -> Failure:
        """Return a failure that the probe found."""
        return self._failure(BEFORE_TESTS, violation)

    def confirm_unanswered(self, target: Target, *, is_alone: bool) -> TestRecord | None:
        """Send the first requests without a response once more; return a record of those that fail again.

        Args:
            target: the target.
            is_alone: whether no other process sends requests. A request that ended the target is not sent again then.
        """
        seen: dict[tuple[str, str], Exchange] = {}
        for exchange in target.unanswered:
            place = exchange.operation.id if exchange.operation else exchange.url
            seen.setdefault((place, exchange.unanswered), exchange)
        record = TestRecord([])
        for exchange in list(seen.values())[:_MOST_REPEATED_REQUESTS]:
            again = exchange if exchange.ended_target and is_alone else target.fails_again(exchange)
            if again is not None:
                failure = self._failure("after the last test", wrong_status("a response", again))
                record.failures.setdefault(_RULE_OF_A_CRASH, []).append(failure)
        return record if record.failures else None

    def record_crash(self, exchange: Exchange) -> None:
        """Record that the target ended after a request of the running test."""
        if self._record is not None:
            failure = self._failure(self._test, wrong_status("a response", exchange))
            self._record.failures.setdefault(_RULE_OF_A_CRASH, []).insert(0, failure)

    def record_error(self, test: str, error: BaseException) -> str:
        """Record the exception that a test ended with, and return it as redacted text."""
        record = self._record
        assert record is not None  # noqa: S101  pytest has begun the test
        error = cause_of(error)
        match error:
            case Violation():
                rule = error.rule or self._default_rule
                failure = self._failure(test, error)
                record.failures.setdefault(rule, []).append(failure)
                if rule not in self._rules_of_test:
                    record.unfinished, record.reason = True, f"a test ended at a violation of {rule}"
                return self._redact(f"{rule}: {error}")
            case pytest.skip.Exception() | NotApplicable():
                record.status, record.reason = Status.SKIP, self._redact(str(error))
            case GivenUp() | NeverShown() | OutOfTime():
                record.status, record.reason, record.unfinished = Status.SKIP, self._redact(str(error)), True
            case Blocked():
                record.status = Status.ERROR
                shown = view.exchange_text(asdict(recorded(error.exchange, self._redact)))
                record.reason = f"{self._redact(str(error))}\n{shown}"
            case Unreachable():
                record.status, record.reason = Status.ERROR, self._redact(str(error))
            case _:
                record.status = Status.ERROR
                record.reason = self._redact(f"{type(error).__name__}: {error}")
                if record.failures and isinstance(error, _UNEXPECTED_VALUE):
                    broken = ", ".join(sorted(record.failures))
                    record.status, record.unfinished = Status.SKIP, True
                    record.reason = f"a response has a value of another type, see {broken}"
        return record.reason

    def _failure(self, test: str, violation: Described) -> Failure:
        redact, exchange = self._redact, violation.exchange
        _, changes = self._observed.get(id(exchange), (exchange, []))
        facts = self._facts.find(violation.exchange, violation.about, changes)
        return Failure(
            test=redact(test.rpartition("::")[2]),
            expected=redact(violation.expected),
            got=redact(violation.got),
            exchange=recorded(exchange, redact),
            before=[_earlier_request(change, redact) for change in changes],
            facts=replace(facts, place=redact(facts.place), forbidden=redact(facts.forbidden)),
            rule_of_test=self._default_rule if self._record is not None else "",
        )


def set_outcome(report: pytest.TestReport, record: TestRecord, *, decides: bool) -> None:
    """Set pytest's outcome of a test that found broken rules: failed if one of them decides, else xfailed."""
    if not record.failures:
        return
    report.outcome, report.longrepr = "failed", report.longrepr or "; ".join(sorted(record.failures))
    if not decides:
        report.outcome, report.wasxfail = "skipped", "not counted"


def recorded(exchange: Exchange, redact: Redactor) -> RecordedExchange:
    """Return the redacted form of an exchange for reports."""
    request = exchange.request
    return RecordedExchange(
        method=request.method,
        url=redact(request.url),
        request_headers=_shown_headers(request.shown_headers, redact),
        request_body=None if request.body is None else _shown(request.body, redact),
        status=exchange.status,
        response_headers=_shown_headers(exchange.headers, redact),
        response_body=_shown(exchange.body, redact),
        curl=redact(request.curl()),
    )


def _earlier_request(exchange: Exchange, redact: Redactor) -> EarlierRequest:
    body = exchange.request_body
    shown = None if body is None else _shown(body, redact)
    return EarlierRequest(exchange.method, redact(exchange.url), shown, exchange.status)


def _shown_headers(headers: Mapping[str, str], redact: Redactor) -> dict[str, str]:
    # Names of response headers are in lower case. The redactor does not know the cookies of the target.
    return {
        redact(name): CONCEALED if name == "set-cookie" else _shown(value.encode("utf-8", "surrogatepass"), redact)
        for name, value in headers.items()
    }


def _shown(data: bytes, redact: Redactor) -> str:
    """Return a body or a header value as text, shortened if it is long."""
    text = data.decode("utf-8", "backslashreplace").strip()
    if len(text) <= _SHOWN_TEXT:
        return redact(text)
    return f"{redact.beginning(text, _SHOWN_TEXT)}... ({len(data)} bytes)"


def _weight(exchange: Exchange) -> int:
    """Return the value of an exchange as evidence: 2 for a bad credential, 1 for a change or an error, 0 for a read."""
    if exchange.credential.name != MANAGEMENT_KEY_NAME:
        return 2
    changes = exchange.method != "GET" and exchange.request_body != b"{}"
    return int(changes or not exchange.ok)


def cause_of(error: BaseException) -> BaseException:
    """Return what a test or the generation of its inputs ended with."""
    if isinstance(error, StopGeneration) and error.__cause__ is not None:
        return error.__cause__
    if isinstance(error, BaseExceptionGroup):
        # Hypothesis raises a group for a failure that it cannot reproduce. A violation counts if it was seen once.
        return _first_known_error(error) or error
    return error


def _first_known_error(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    matching = group.subgroup(lambda error: isinstance(error, Violation | Blocked | Unreachable | OutOfTime))
    while isinstance(matching, BaseExceptionGroup):
        matching = matching.exceptions[0]  # type: ignore[assignment]  # narrows from the group to its first leaf
    return matching
