"""The record of one test: its status, its failures and its evidence. Every text is redacted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from ..vocabulary import MANAGEMENT_KEY_NAME, Difference

EVERY_RESPONSE = "every response"
"""Stands for the test in a violation that any response can show."""
BEFORE_TESTS = "before the first test"
"""Stands for the test in a violation that the probe of the target shows: a valid request cannot be used."""


class Status(StrEnum):
    """The verdict on a rule."""

    PASS = "pass"  # noqa: S105  a verdict, not a password
    FAIL = "fail"
    KNOWN_FAILURE = "known-failure"
    SKIP = "skip"
    ERROR = "error"


@dataclass(frozen=True)
class EarlierRequest:
    """A request that was sent before the failed one."""

    method: str
    url: str
    request_body: str | None
    """None if the request had no body."""
    status: int | None
    """None if the connection was closed without a response."""


@dataclass(frozen=True)
class RecordedExchange:
    """A request and its response for reports, redacted and with long texts shortened."""

    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str | None
    """None if the request had no body."""
    status: int | None
    """None if the connection was closed without a response."""
    response_headers: dict[str, str]
    """Names in lower case."""
    response_body: str
    curl: str
    """A command line that sends the request again."""


@dataclass(frozen=True)
class Facts:
    """What a violation is about, for programs: the report groups violations by these facts."""

    difference: str = Difference.VALUE
    """One of ``Difference``."""
    place: str = ""
    """The member that differs, as names separated by dots, without indices; empty if the difference has no place."""
    operation: str | None = None
    """The operationId of the exchange; None if the contract has no such operation."""
    after: str | None = None
    """For a read: the operationId of the last request before it that may have changed state."""
    credential: str = MANAGEMENT_KEY_NAME
    """The name of the request's credential."""
    expected_statuses: list[int] = field(default_factory=list)
    """The statuses that the rule requires; empty if the violation is not about the status."""
    sent: str = ""
    """What the request says about the component of ``place``: ``omitted``, ``empty``, ``null``, ``part`` or ``set``."""
    forbidden: str = ""
    """What the contract forbids in the request: the member and the keyword of its schema, or ``NESTING``.
    Empty if it permits it."""
    unit: str = ""
    """``another`` if the place is in another business unit than the request names, ``deleted`` if 404 is required since
    the request names a deleted one; else empty."""


@dataclass(frozen=True)
class Failure:
    """One violation of a rule."""

    test: str
    expected: str
    got: str
    exchange: RecordedExchange
    before: list[EarlierRequest] = field(default_factory=list)
    """The last requests of the same test before the failed one that may have changed state."""
    facts: Facts = field(default_factory=Facts)
    rule_of_test: str = ""
    """The rule of the test that sent the request, which can show violations of other rules; empty outside a test."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the failure from the JSON form of ``asdict``."""
        before = [EarlierRequest(**request) for request in data["before"]]
        shown, facts = RecordedExchange(**data["exchange"]), Facts(**data["facts"])
        return cls(data["test"], data["expected"], data["got"], shown, before, facts, data["rule_of_test"])


@dataclass(frozen=True)
class Evidence:
    """An exchange that shows that a rule holds."""

    exchange: RecordedExchange

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the evidence from the JSON form of ``asdict``."""
        return cls(RecordedExchange(**data["exchange"]))


@dataclass
class TestRecord:
    """The result of one test. It is sent between processes as JSON."""

    __test__ = False

    rules: list[str]
    """The rules that the test judges."""
    status: str = Status.PASS
    reason: str = ""
    failures: dict[str, list[Failure]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    evidence: Evidence | None = None
    skipped: dict[str, str] = field(default_factory=dict)
    """Those of ``rules`` that the test cannot judge on this target, with the reason."""
    unfinished: bool = False
    """Whether something else than its rules ended the test: a violation of another rule, another defect of the target,
    or the time limit. Its rules do not count as held, even if their other tests passed."""

    def to_json(self) -> str:
        """Return the record as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> TestRecord:
        """Return the record from the result of ``to_json``."""
        data = json.loads(text)
        failures = {rule: [Failure.from_json(request) for request in many] for rule, many in data["failures"].items()}
        evidence = Evidence.from_json(data["evidence"]) if data["evidence"] else None
        kept = {key: data[key] for key in ("rules", "status", "reason", "notes", "seconds", "skipped", "unfinished")}
        return cls(**kept, failures=failures, evidence=evidence)
