"""Functions for all formats of the report: counts, exchanges as text, and the verdict in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ...contract.rules import AREAS, Level
from ..records import EVERY_RESPONSE, Status
from ..unusable_operations import KINDS, member_of

Report = Mapping[str, Any]
RuleReport = Mapping[str, Any]
ExchangeReport = Mapping[str, Any]

RED = (Status.FAIL, Status.ERROR)
MARKS = {
    Status.PASS: "ok",
    Status.FAIL: "FAIL",
    Status.KNOWN_FAILURE: "known failure",
    Status.SKIP: "skip",
    Status.ERROR: "ERROR",
}
"""A short label for each status, in the order of the counts."""

VERDICTS = {"conforms": "conforms to", "does-not-conform": "does NOT conform to"}
_LEVELS = tuple(level.value for level in Level)
_MINUTE = 60.0


def with_status(report: Report, *statuses: str) -> list[RuleReport]:
    """Return the rules that have one of the statuses: MUST rules first, each level in the order of the report."""
    rules = [rule for rule in report["rules"] if rule["status"] in statuses]
    return sorted(rules, key=lambda rule: _LEVELS.index(rule["level"]))


def blocked(report: Report) -> list[RuleReport]:
    """Return the rules that were not judged because the target refused or broke an operation."""
    return [rule for rule in report["rules"] if rule["blocked_by"]]


def why_blocked(report: Report) -> str:
    """Return how many rules were skipped because of refused or broken operations, and why; empty if none were."""
    rules = blocked(report)
    if not rules:
        return ""
    blocking = {name for rule in rules for name in rule["blocked_by"]}
    unusable = [*report["refused"], *report["broken"]]
    reasons = [problem["reason"] for problem in unusable if problem["operation"] in blocking]
    more = f" (and {plural(len(reasons) - 1, 'more operation')})" if len(reasons) > 1 else ""
    return f"{_were_not_judged(len(rules))}: {reasons[0]}{more}"


def _were_not_judged(count: int) -> str:
    return f"{plural(count, 'rule')} {'was' if count == 1 else 'were'} not judged"


def unusable(report: Report) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the label and the operation for each operation that could not be used."""
    for kind, label in KINDS.items():
        for operation in report[member_of(kind)]:
            yield label, operation


def evidence_of(operation: Mapping[str, Any]) -> str:
    """Return the exchange that shows why an operation cannot be used, or the reason if no request was sent."""
    exchange = operation["exchange"]
    return str(operation["reason"]) if exchange is None else f"{request_text(exchange)} -> {response_text(exchange)}"


def tally(rules: Iterable[RuleReport], level: str) -> dict[Status, int]:
    """Return the number of rules of a level by status, in the order of ``MARKS`` and without zeros."""
    counts = Counter(rule["status"] for rule in rules if rule["level"] == level)
    return {status: counts[status] for status in MARKS if counts[status]}


def areas(report: Report) -> Iterator[tuple[str, str, list[RuleReport]]]:
    """Yield name, meaning and rules of each area in the report."""
    for area, meaning in AREAS.items():
        if rules := [rule for rule in report["rules"] if rule["area"] == area]:
            yield area, meaning, rules


def skipped_by_reason(report: Report) -> dict[str, list[RuleReport]]:
    """Return the skipped rules grouped by their reason."""
    grouped: dict[str, list[RuleReport]] = {}
    for rule in with_status(report, Status.SKIP):
        grouped.setdefault(rule["reason"] or "no reason given", []).append(rule)
    return grouped


def known_reason(report: Report, rule: RuleReport) -> str:
    """Return the reason of a known failure."""
    return str(report["known_failures"].get(rule["id"]) or rule["reason"] or "no reason given")


def exchange_text(exchange: ExchangeReport) -> str:
    """Return an exchange as two lines: ``METHOD URL [BODY]`` and ``-> STATUS [BODY]``."""
    return f"{request_text(exchange)}\n-> {response_text(exchange)}"


def earlier_text(earlier: ExchangeReport) -> str:
    """Return an earlier request of a failed test as one line: ``METHOD URL [BODY] -> STATUS``."""
    return f"{request_text(earlier)} -> {status_text(earlier)}"


def found_in(failure: Mapping[str, Any]) -> str:
    """Return the test of a failure. If any response can show it, the rule whose test sent the request stands beside."""
    if failure["test"] == EVERY_RESPONSE and failure["rule_of_test"]:
        return f"{EVERY_RESPONSE}, here in a test of {failure['rule_of_test']}"
    return str(failure["test"])


def request_text(exchange: ExchangeReport) -> str:
    """Return a request as text on one line, unless its body has line breaks."""
    return f"{exchange['method']} {exchange['url']} {exchange['request_body'] or ''}".rstrip()


def response_text(exchange: ExchangeReport) -> str:
    """Return status and body of a response as text on one line, unless the body has line breaks."""
    return f"{status_text(exchange)} {exchange['response_body']}".rstrip()


def status_text(exchange: ExchangeReport) -> str:
    """Return the status of a response as text, or ``no response``."""
    return "no response" if exchange["status"] is None else str(exchange["status"])


def headline(report: Report) -> str:
    """Return the verdict as a heading."""
    if report["verdict"] == "does-not-conform":
        return "Does not conform to the contract"
    if report["verdict"] != "conforms":
        return "No verdict"
    if rules := blocked(report):
        return f"Conforms, but {_were_not_judged(len(rules))}"
    if with_status(report, Status.KNOWN_FAILURE):
        return "Conforms except for known failures"
    return f"Conforms at MUST; {should}" if (should := broken_should(report)) else "Conforms to the contract"


def broken_should(report: Report) -> str:
    """Return how many SHOULD rules are broken, as words; empty if none is or if they decide."""
    broken = tally(report["rules"], Level.SHOULD).get(Status.FAIL)
    counted = Level.SHOULD in report["deciding_levels"]
    return _broken_rules(broken, Level.SHOULD) if broken and not counted else ""


def among(report: Report, most: int) -> str:
    """Return the sentences of the first causes, and how many more there are."""
    sentences = [cause["sentence"] for cause in report["causes"]]
    more = f" and {plural(len(sentences) - most, 'more cause')}" if len(sentences) > most else ""
    return "; ".join(sentences[:most]) + more


_OTHER_STATUSES = {
    Status.PASS: ("holds", "hold"),
    Status.KNOWN_FAILURE: ("is a known failure", "are known failures"),
    Status.SKIP: ("was not judged", "were not judged"),
    Status.ERROR: ("ended in an error", "ended in an error"),
}


def sentence(report: Report) -> str:
    """Return the reason for the verdict in a few sentences."""
    if report["verdict"] not in VERDICTS:
        return _why_not_judged(report)
    must = tally(report["rules"], Level.MUST)
    parts = [_broken_rules(must[Status.FAIL], Level.MUST) if Status.FAIL in must else "No MUST rule is broken"]
    rest = [f"{must[status]} {words[must[status] != 1]}" for status, words in _OTHER_STATUSES.items() if status in must]
    text = "; ".join([*parts, ", ".join(rest)] if rest else parts) + "."
    if broken := tally(report["rules"], Level.SHOULD).get(Status.FAIL):
        counts = Level.SHOULD in report["deciding_levels"]
        text += f" {_broken_rules(broken, Level.SHOULD)}"
        text += "." if counts else ", which does not count without --strict."
    if report["verdict"] == "conforms" and blocked(report):
        text += f" {why_blocked(report)}."
    return text


def _broken_rules(count: int, level: str) -> str:
    return f"{count} {level} rule is broken" if count == 1 else f"{count} {level} rules are broken"


def _why_not_judged(report: Report) -> str:
    if report["problem"]:
        return str(report["problem"])
    if not report["complete"]:
        return "The run was interrupted before its end; the results so far are below."
    errors = len(with_status(report, Status.ERROR))
    if errors:
        return f"{errors} {'rule' if errors == 1 else 'rules'} ended in an error, and no rule that decides is broken."
    return "No rule that decides the verdict could be judged." + (f" {why_blocked(report)}." if blocked(report) else "")


def duration(seconds: float) -> str:
    """Return a duration, given in seconds, as text."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def instant(text: str) -> str:
    """Return an RFC 3339 timestamp as text in UTC."""
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M:%S} UTC"


def plural(count: int, singular: str) -> str:
    """Return a count with its noun in singular or plural."""
    return f"{count:,} {singular}" + ("" if count == 1 else "s")
