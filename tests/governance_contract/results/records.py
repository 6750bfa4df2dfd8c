"""The record of one test: its status, its failures and its evidence. Every text is redacted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self


class Status(StrEnum):
    """The verdict on a rule."""

    PASS = "pass"  # noqa: S105  a verdict, not a password
    FAIL = "fail"
    KNOWN_FAILURE = "known-failure"
    SKIP = "skip"
    ERROR = "error"


@dataclass(frozen=True)
class EarlierRequest:
    """A request that was sent before the one that a failure is about."""

    method: str
    url: str
    request_body: str | None
    """None where the request had no body."""
    status: int | None
    """None where the connection was closed without an answer."""


@dataclass(frozen=True)
class RecordedExchange:
    """A request and its response as reports show them: redacted, and long texts shortened."""

    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str | None
    """None where the request had no body."""
    status: int | None
    """None where the connection was closed without an answer."""
    response_headers: dict[str, str]
    """Names in lower case."""
    response_body: str
    curl: str
    """A command that sends the request again."""


@dataclass(frozen=True)
class Failure:
    """One way in which a rule is broken."""

    test: str
    expected: str
    got: str
    exchange: RecordedExchange
    before: list[EarlierRequest] = field(default_factory=list)
    """Requests of the same test that were sent shortly before and may have changed something."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the failure that ``asdict`` turned into plain JSON."""
        before = [EarlierRequest(**one) for one in data["before"]]
        return cls(data["test"], data["expected"], data["got"], RecordedExchange(**data["exchange"]), before)


@dataclass(frozen=True)
class Evidence:
    """An exchange on which a rule was seen to hold."""

    exchange: RecordedExchange

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the evidence that ``asdict`` turned into plain JSON."""
        return cls(RecordedExchange(**data["exchange"]))


@dataclass
class TestRecord:
    """What one test found. Crosses process boundaries as plain JSON."""

    __test__ = False

    rule: str
    status: str = Status.PASS
    reason: str = ""
    failures: dict[str, list[Failure]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    evidence: Evidence | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain JSON."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # turns a StrEnum into str
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TestRecord:
        """Return the record that ``to_json`` wrote."""
        failures = {rule: [Failure.from_json(one) for one in many] for rule, many in data["failures"].items()}
        evidence = Evidence.from_json(data["evidence"]) if data["evidence"] else None
        return cls(
            data["rule"], data["status"], data["reason"], failures, list(data["notes"]), data["seconds"], evidence
        )
