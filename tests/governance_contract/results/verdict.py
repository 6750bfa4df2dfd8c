"""Computes the verdict on each rule from the records of its tests, and the verdict on the run as an exit code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ..contract.rules import CATALOGUE, Level, Rule
from .exit_code import ExitCode
from .records import Evidence, Failure, Status, TestRecord


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
    """None unless the rule holds."""


class Results:
    """Collects test records and combines them into one verdict for each rule."""

    def __init__(self, catalogue: Mapping[str, Rule], known_failures: Mapping[str, str]) -> None:
        """Start without records. ``known_failures`` maps ids of rules to reasons."""
        self._catalogue = catalogue
        self._known = known_failures
        self._records: list[TestRecord] = []
        self._found_first: dict[str, list[Failure]] = {}

    def add_first(self, rule: str, failure: Failure) -> None:
        """Add a failure that was found before the first test; it may be the cause of other failures."""
        self._found_first.setdefault(rule, []).append(failure)

    def add(self, record: TestRecord) -> None:
        """Add the record of one test."""
        self._records.append(record)

    def settle(self) -> list[RuleResult]:
        """Return the verdict on every rule that a test judged or that any response broke.

        Rules that were broken before the first test come first. Both groups are in the order of the catalogue.
        """
        by_rule: dict[str, list[TestRecord]] = {}
        failures = {rule: list(earlier) for rule, earlier in self._found_first.items()}
        for record in self._records:
            for rule in record.rules:
                by_rule.setdefault(rule, []).append(record)
            for rule, of_test in record.failures.items():
                failures.setdefault(rule, []).extend(of_test)
        return [
            self._with_known_failure(_verdict(rule, by_rule.get(rule_id, []), _distinct(failures.get(rule_id, []))))
            for rule_id, rule in sorted(self._catalogue.items(), key=lambda item: item[0] not in self._found_first)
            if rule_id in by_rule or rule_id in failures
        ]

    def _with_known_failure(self, result: RuleResult) -> RuleResult:
        if result.rule.id in self._known and result.status is Status.FAIL:
            result.status, result.reason = Status.KNOWN_FAILURE, self._known[result.rule.id]
        return result

    def stale(self) -> list[str]:
        """Return the ids of the known failures that passed."""
        results = self.settle() if self._known else []
        return [result.rule.id for result in results if result.rule.id in self._known and result.status is Status.PASS]


def _verdict(rule: Rule, records: list[TestRecord], failures: list[Failure]) -> RuleResult:
    statuses = {Status.SKIP if rule.id in record.skipped else record.status for record in records}
    reasons = list(dict.fromkeys(filter(None, (record.skipped.get(rule.id, record.reason) for record in records))))
    if failures:
        status = Status.FAIL
    elif Status.ERROR in statuses:
        status = Status.ERROR
    elif Status.PASS in statuses and not any(record.unfinished for record in records):
        status = Status.PASS
    else:
        status = Status.SKIP
    notes = list(dict.fromkeys(note for record in records for note in record.notes))
    reason = "" if status in (Status.PASS, Status.FAIL) else "; ".join(reasons)
    # The evidence of a test of several rules may show another rule.
    fewest_rules_last = sorted(records, key=lambda record: -len(record.rules))
    evidences = [record.evidence for record in fewest_rules_last if record.evidence is not None]
    # A broken rule gets no evidence, since its failures are what matters.
    evidence = evidences[-1] if evidences and status is Status.PASS else None
    seconds = sum(record.seconds for record in records)
    return RuleResult(rule, status, reason, failures, notes, len(records), seconds, evidence)


def _distinct(failures: Iterable[Failure]) -> list[Failure]:
    """Return the first of several equal failures of a test, so that many equal responses are one finding."""
    seen: dict[tuple[str, str, str], Failure] = {}
    for failure in failures:
        seen.setdefault((failure.test, failure.expected, failure.got), failure)
    return list(seen.values())


def deciding_levels(*, strict: bool, chosen: Collection[str] = ()) -> frozenset[Level]:
    """Return the levels whose broken rules decide the verdict.

    Args:
        strict: whether SHOULD rules also decide.
        chosen: the ids of the rules that the user selected; empty if all rules are judged. SHOULD rules that are
            selected without any MUST rule decide.
    """
    only_should = bool(chosen) and all(CATALOGUE[rule].level is Level.SHOULD for rule in chosen)
    return frozenset(Level) if strict or only_should else frozenset({Level.MUST})


def decides(level: str, status: str, *, strict: bool, chosen: Collection[str] = ()) -> bool:
    """Whether a rule with this level and status decides the verdict of the run.

    A broken rule of a deciding level decides it as "does not conform". An error decides it as "no verdict", unless a
    broken rule decides it. Every output calls this function or reads its result from the JSON report. Arguments as
    for ``deciding_levels``.
    """
    if status == Status.ERROR:
        return True
    return status == Status.FAIL and level in deciding_levels(strict=strict, chosen=chosen)


def exit_code(results: Iterable[RuleResult], *, strict: bool, complete: bool, chosen: Collection[str] = ()) -> ExitCode:
    """Return the exit code of a run: 0 conforms, 1 does not conform, 2 no verdict.

    Args:
        results: the verdicts on the rules.
        strict: as for ``deciding_levels``.
        complete: whether the run was completed.
        chosen: as for ``deciding_levels``.
    """
    settled = list(results)
    levels = deciding_levels(strict=strict, chosen=chosen)
    deciding = {
        result.status for result in settled if decides(result.rule.level, result.status, strict=strict, chosen=chosen)
    }
    if Status.FAIL in deciding:
        return ExitCode.DOES_NOT_CONFORM
    if not complete or Status.ERROR in deciding:
        return ExitCode.NO_VERDICT
    judged = (Status.PASS, Status.KNOWN_FAILURE)
    if not any(result.status in judged and result.rule.level in levels for result in settled):
        return ExitCode.NO_VERDICT
    return ExitCode.CONFORMS
