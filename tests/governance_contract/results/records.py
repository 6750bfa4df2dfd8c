"""What one test found: its status, the failures and the evidence. Every text is redacted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The verdict on a rule."""

    PASS = "pass"  # noqa: S105  a verdict, not a password
    FAIL = "fail"
    KNOWN_FAILURE = "known-failure"
    SKIP = "skip"
    ERROR = "error"


@dataclass(frozen=True)
class Failure:
    """One way in which a rule is broken; every text is redacted."""

    test: str
    expected: str
    got: str
    exchange: str = ""
    curl: str = ""
    before: list[str] = field(default_factory=list)
    """The requests of the same test that came shortly before and may have changed something, each on a line."""


@dataclass(frozen=True)
class Evidence:
    """An exchange on which a rule was seen to hold; every text is redacted."""

    exchange: str
    curl: str


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
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # an enumeration's text becomes a plain one
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TestRecord:
        """Return the record that ``to_json`` wrote."""
        failures = {rule: [Failure(**one) for one in many] for rule, many in data["failures"].items()}
        evidence = Evidence(**data["evidence"]) if data["evidence"] else None
        return cls(
            data["rule"], data["status"], data["reason"], failures, list(data["notes"]), data["seconds"], evidence
        )
