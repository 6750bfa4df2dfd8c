"""What was found about each rule: collected test by test, settled rule by rule."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from .outcome import ExitCode
from .rules import Level, Rule


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


@dataclass
class RuleResult:
    """The verdict on one rule."""

    rule: Rule
    status: Status
    reason: str = ""
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tests: int = 0
    seconds: float = 0.0
    evidence: Evidence | None = None
    """Given where the rule holds, and only there."""


class Results:
    """Collects test records and settles them into one verdict a rule."""

    def __init__(self, catalogue: Mapping[str, Rule], known_failures: Mapping[str, str]) -> None:
        """Start with no record for any rule of the catalogue; known failures come with their reasons."""
        self._catalogue = catalogue
        self._known = known_failures
        self._records: list[TestRecord] = []

    def add(self, record: TestRecord) -> None:
        """Take in what one test found."""
        self._records.append(record)

    def settle(self) -> list[RuleResult]:
        """Return a verdict for every rule that a test was about, or that a response broke on the way."""
        by_rule: dict[str, list[TestRecord]] = {}
        failures: dict[str, list[Failure]] = {}
        for record in self._records:
            by_rule.setdefault(record.rule, []).append(record)
            for rule, found in record.failures.items():
                failures.setdefault(rule, []).extend(found)
        return [
            self._excused(_verdict(rule, by_rule.get(rule_id, []), _distinct(failures.get(rule_id, []))))
            for rule_id, rule in self._catalogue.items()
            if rule_id in by_rule or rule_id in failures
        ]

    def _excused(self, result: RuleResult) -> RuleResult:
        if result.rule.id in self._known and result.status in (Status.FAIL, Status.ERROR):
            result.status, result.reason = Status.KNOWN_FAILURE, self._known[result.rule.id]
        return result

    def stale(self) -> list[str]:
        """Return the known failures that did not fail."""
        return [result.rule.id for result in self.settle() if result.rule.id in self._known and result.status == "pass"]


def _verdict(rule: Rule, records: list[TestRecord], failures: list[Failure]) -> RuleResult:
    statuses = {record.status for record in records}
    reasons = list(dict.fromkeys(record.reason for record in records if record.reason))
    if failures:
        status = Status.FAIL
    elif Status.ERROR in statuses:
        status = Status.ERROR
    elif Status.PASS in statuses:
        status = Status.PASS
    else:
        status = Status.SKIP
    notes = list(dict.fromkeys(note for record in records for note in record.notes))
    reason = "" if status in (Status.PASS, Status.FAIL) else "; ".join(reasons)
    shown = [record.evidence for record in records if record.evidence is not None]
    # What a broken rule did right elsewhere would only distract from what it did wrong.
    evidence = shown[-1] if shown and status is Status.PASS else None
    seconds = sum(record.seconds for record in records)
    return RuleResult(rule, status, reason, failures, notes, len(records), seconds, evidence)


def _distinct(failures: Iterable[Failure]) -> list[Failure]:
    """Keep the first failure of each kind in each test: fifty responses of one wrong shape are one finding."""
    seen: dict[tuple[str, str, str], Failure] = {}
    for failure in failures:
        seen.setdefault((failure.test, failure.expected, failure.got), failure)
    return list(seen.values())


def exit_code(results: Iterable[RuleResult], *, strict: bool, complete: bool) -> int:
    """Return how the run ends: 0 conforms, 1 does not conform, 2 could not be judged, or not to the end."""
    settled = list(results)
    must = [result for result in settled if result.rule.level is Level.MUST]
    # Whoever chose SHOULD rules alone wants to know about them.
    must = must or settled
    binding = settled if strict else must
    if any(result.status is Status.FAIL for result in binding):
        return ExitCode.DOES_NOT_CONFORM
    if not complete or any(result.status is Status.ERROR for result in settled):
        return ExitCode.COULD_NOT_JUDGE
    if not any(result.status in (Status.PASS, Status.KNOWN_FAILURE) for result in must):
        return ExitCode.COULD_NOT_JUDGE
    return ExitCode.CONFORMS
