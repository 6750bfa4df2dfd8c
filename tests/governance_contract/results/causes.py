"""Groups violations into causes: what is wrong with the target. The most informative causes come first.

A cause is computed from the facts of the violations (difference, place, operation, request, status), never from a list
of known faults. Everything here is a pure function of the results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..contract.rules import Level
from . import cause_sentences
from .cause_groups import Group, RuleViolation, grouped, shared_facts
from .cause_kinds import CauseKind
from .cause_merging import merged
from .records import Failure, Status
from .verdict import RuleResult


@dataclass(frozen=True)
class Cause:
    """What is wrong with the target, and the rules that it breaks."""

    kind: CauseKind
    sentence: str
    """What the target does wrong, in one sentence without a full stop."""
    level: Level
    """MUST if it breaks a MUST rule."""
    rules: list[str]
    """The ids of the rules that it breaks. The first one is about this cause."""
    consequences: list[str]
    """Those of ``rules`` that have no cause of their own and are broken because of this one."""
    operations: list[str]
    """The operationIds of the requests that show it."""
    violations: int
    example: Failure
    """Its smallest violation."""


def find_causes(results: Iterable[RuleResult]) -> list[Cause]:
    """Return the causes of all broken rules, the most informative first. Known failures have none."""
    broken = [result for result in results if result.status is Status.FAIL]
    violations = [RuleViolation(result.rule.id, failure) for result in broken for failure in result.failures]
    groups = sorted(merged(grouped(violations, shared_facts)), key=lambda group: group.rank)
    cause_of = _number_of_cause(groups)
    return [_cause(group, cause_of, number) for number, group in enumerate(groups)]


def _number_of_cause(groups: Sequence[Group]) -> Mapping[str, int]:
    """Return, by rule, the number of the cause that the rule is about, or that most of its violations belong to."""
    numbers: dict[str, int] = {}
    for number, group in enumerate(groups):
        numbers.setdefault(group.rules[0], number)
    for rule in {rule for group in groups for rule in group.rules} - numbers.keys():
        counts = [sum(violation.rule == rule for violation in group.violations) for group in groups]
        numbers[rule] = counts.index(max(counts))
    return numbers


def _cause(group: Group, cause_of: Mapping[str, int], number: int) -> Cause:
    rules = group.rules
    of_first = [violation.failure for violation in group.violations if violation.rule == rules[0]]
    example = min(of_first, key=_size)
    return Cause(
        kind=group.kind,
        sentence=cause_sentences.sentence(group.kind, [violation.failure for violation in group.violations], example),
        level=group.level,
        rules=rules,
        consequences=[rule for rule in rules[1:] if cause_of[rule] == number],
        operations=list(dict.fromkeys(_operations(group.violations))),
        violations=len(group.violations),
        example=example,
    )


def _operations(violations: Collection[RuleViolation]) -> Iterator[str]:
    for violation in violations:
        if operation := violation.failure.facts.after or violation.failure.facts.operation:
            yield operation


def _size(failure: Failure) -> tuple[int, int, int]:
    """Return how much of an exchange a reader has to look at."""
    exchange = failure.exchange
    return (len(failure.before), len(exchange.request_body or "") + len(exchange.url), len(exchange.response_body))
