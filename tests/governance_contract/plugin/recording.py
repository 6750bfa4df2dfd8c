"""What a test does and how it ends, turned into a record about its rule."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest

from ..checks.every_response import observe
from ..checks.expect import Violation
from ..contract.document import Contract
from ..results.records import Evidence, Failure, Status, TestRecord
from ..target.business_units import Blocked
from ..target.exchange import Exchange
from ..target.target import OutOfTime, Unreachable

_REMEMBERED = 16
_SHOWN_BEFORE = 3
TIME_IS_UP = "the time that the run may take was up"


class Recorder:
    """Keeps the record of the test that runs."""

    def __init__(self, contract: Contract, redact: Callable[[str], str]) -> None:
        """Judge responses by a contract; ``redact`` takes secrets out of every text that is kept."""
        self._contract = contract
        self._redact = redact
        self._record: TestRecord | None = None
        self._evidence: tuple[int, Exchange] | None = None
        self._lately: deque[Exchange] = deque(maxlen=_REMEMBERED)

    @property
    def record(self) -> TestRecord | None:
        """The record of the test that runs; None between tests."""
        return self._record

    def start(self, rule: str) -> None:
        """Begin the record of a test."""
        self._record, self._evidence = TestRecord(rule), None
        self._lately.clear()

    def finish(self, seconds: float) -> TestRecord | None:
        """End the record of a test, and return it."""
        record, self._record = self._record, None
        if record is not None:
            record.seconds = seconds
            if self._evidence is not None and record.status == Status.PASS and not record.failures:
                shown = self._evidence[1]
                record.evidence = Evidence(self._redact(shown.describe()), self._redact(shown.curl()))
        return record

    def observe(self, exchange: Exchange) -> None:
        """Hold a response to what holds for all responses, and remember the one that shows the rule best."""
        if self._record is None:
            return
        self._lately.append(exchange)
        for found in observe(self._contract, exchange):
            failures = self._record.failures.setdefault(found.rule, [])
            failures.append(self._failure("every response", found.expected, found.got, found.exchange))
        weight = _weight(exchange)
        if self._evidence is None or weight >= self._evidence[0]:
            self._evidence = (weight, exchange)

    def note(self, text: str) -> None:
        """Add a remark."""
        if self._record is not None:
            self._record.notes.append(text)

    def on_the_way(self, violation: Violation) -> None:
        """Record a violation of another rule than the one being judged."""
        if self._record is not None and violation.rule is not None:
            failure = self._failure("on the way", violation.expected, violation.got, violation.exchange)
            self._record.failures.setdefault(violation.rule, []).append(failure)

    def take_in(self, test: str, error: BaseException) -> str:
        """Record how a test ended, and return it in words, without secrets."""
        record = self._record
        assert record is not None
        if isinstance(error, BaseExceptionGroup):
            # Hypothesis groups what it saw once and not again; a violation that was seen is one.
            error = _first_of_ours(error) or error
        match error:
            case Violation():
                rule = error.rule or record.rule
                failure = self._failure(test, error.expected, error.got, error.exchange)
                record.failures.setdefault(rule, []).append(failure)
                return self._redact(f"{rule}: {error}")
            case pytest.skip.Exception():
                record.status, record.reason = Status.SKIP, str(error)
            case OutOfTime():
                record.status, record.reason = Status.SKIP, TIME_IS_UP
            case Blocked():
                record.status = Status.ERROR
                record.reason = self._redact(f"{error}\n{error.exchange.describe()}")
            case Unreachable():
                record.status, record.reason = Status.ERROR, self._redact(str(error))
            case _:
                record.status = Status.ERROR
                record.reason = self._redact(f"{type(error).__name__}: {error}")
        return record.reason

    def _failure(self, test: str, expected: str, got: str, exchange: Exchange) -> Failure:
        name, redact = test.rpartition("::")[2], self._redact
        before = [redact(earlier.brief()) for earlier in self._changes_before(exchange)]
        shown = (redact(exchange.describe()), redact(exchange.curl()))
        return Failure(name, redact(expected), redact(got), *shown, before)

    def _changes_before(self, exchange: Exchange) -> list[Exchange]:
        """Return what was asked shortly before and may have changed something."""
        lately = list(self._lately)
        here = next((number for number, one in enumerate(lately) if one is exchange), len(lately))
        return [one for one in lately[:here] if one.method not in ("GET", "HEAD", "OPTIONS")][-_SHOWN_BEFORE:]


def _weight(exchange: Exchange) -> int:
    """Say how well an exchange shows what a rule is about: a bad credential best, then a change, then a read."""
    if exchange.credential.name != "the management key":
        return 2
    changes = exchange.method != "GET" and exchange.request_body != b"{}"
    return int(changes or not exchange.ok)


def _first_of_ours(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    matching = group.subgroup(lambda error: isinstance(error, Violation | Blocked | Unreachable | OutOfTime))
    while isinstance(matching, BaseExceptionGroup):
        matching = matching.exceptions[0]  # type: ignore[assignment]  # narrows from the group to its first leaf
    return matching
