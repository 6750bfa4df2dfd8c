"""The report for a terminal: broken rules come first, and the verdict is on the last line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

from ...contract.citations import in_words
from ...contract.rules import AREAS, CATALOGUE, Level
from ..records import Status
from . import view

_SHOWN_FAILURES = 3
_SHOWN_LINE = 800
_WIDTH = 109
_INDENT = " " * 6
_BREAK = re.compile(r"\s*\n\s*")


def render(report: Mapping[str, Any]) -> str:
    """Return the report as lines: each failure, the areas, remarks, and the verdict."""
    return "\n".join(_lines(view.harmless(report)))


def _lines(report: view.Report) -> Iterator[str]:
    yield ""
    if report["problem"] and not report["rules"]:
        yield f"error: {report['problem']}"
        yield from _left_behind(report)
        return
    for rule in view.with_status(report, *view.RED):
        yield from _red(report, rule)
    yield from _known(report)
    yield from _not_judged(report)
    yield from _areas(report)
    yield from _remarks(report)
    yield ""
    yield _effort(report)
    if report["problem"]:
        decided = report["verdict"] in view.VERDICTS
        yield f"{'ended early' if decided else 'error'}: {report['problem']}"
    elif report["verdict"] not in view.VERDICTS:
        yield view.sentence(report)
    yield _last_line(report)


def _red(report: view.Report, rule: view.RuleReport) -> Iterator[str]:
    verdict = view.MARKS[Status(rule["status"])]
    weight = "" if rule["decides"] else "  [not counted without --strict]"
    yield f"{verdict:<5} {rule['id']} ({rule['level']}) {rule['title']}{weight}"
    for number, one in enumerate(rule["cited"]):
        yield _line("" if number else "cites", in_words(one))
    for failure in rule["failures"][:_SHOWN_FAILURES]:
        yield _line("in", failure["test"])
        yield _line("expected", failure["expected"])
        yield _line("got", failure["got"])
        for number, earlier in enumerate(failure["before"]):
            yield _line("" if number else "before", view.earlier_text(earlier))
        exchange = failure["exchange"]
        yield _line("exchange", view.request_text(exchange))
        yield _line("", f"-> {view.response_text(exchange)}")
        yield f"{_INDENT}{'curl':<10}{exchange['curl']}"  # not shortened, so that it can be copied
    if len(rule["failures"]) > _SHOWN_FAILURES:
        yield f"{_INDENT}and {len(rule['failures']) - _SHOWN_FAILURES} more of this rule"
    if rule["reason"]:
        yield from (_INDENT + _shorten(line) for line in rule["reason"].splitlines()[:_SHOWN_FAILURES])
    if rule["repeat"]:
        yield _line("repeat", rule["repeat"])
    yield ""


def _line(label: str, text: str) -> str:
    return f"{_INDENT}{label:<10}{_shorten(text)}".rstrip()


def _shorten(text: str) -> str:
    # A line break in a text from the target must not start a new line of the report.
    text = _BREAK.sub(" ", text)
    return text if len(text) <= _SHOWN_LINE else f"{text[:_SHOWN_LINE]}... ({len(text)} characters)"


def _known(report: view.Report) -> Iterator[str]:
    for rule in view.with_status(report, Status.KNOWN_FAILURE):
        yield f"known {rule['id']} ({rule['level']}) {rule['title']}"
        yield _line("because", view.known_reason(report, rule))
        for failure in rule["failures"][:1]:
            yield _line("expected", failure["expected"])
            yield _line("got", failure["got"])
        yield ""


def _not_judged(report: view.Report) -> Iterator[str]:
    for reason, rules in view.skipped_by_reason(report).items():
        yield f"skip  {reason.splitlines()[0]}"
        ids = " ".join(rule["id"] for rule in rules)
        yield from wrap(ids, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)
        yield ""


def _areas(report: view.Report) -> Iterator[str]:
    width = max(map(len, AREAS.values()))
    for area, meaning, rules in view.areas(report):
        cells = [f"{level}: {_counts(rules, level)}" for level in Level if view.tally(rules, level)]
        yield f"  {area:<7} {meaning:<{width}}  {' | '.join(cells)}"


def _counts(rules: Iterable[view.RuleReport], level: str) -> str:
    return ", ".join(f"{count} {view.MARKS[status]}" for status, count in view.tally(rules, level).items())


def _remarks(report: view.Report) -> Iterator[str]:
    for word, operation in view.unusable(report):
        yield _shorten(f"  {word}: {operation['operation']}: {view.evidence_of(operation)}")
    if report["synthetic_credentials"]:
        names = ", ".join(report["synthetic_credentials"])
        yield _shorten(f"  weaker evidence: made-up credentials replaced {names}")
    yield from _left_behind(report)


def _left_behind(report: view.Report) -> Iterator[str]:
    for line in report["left_behind"]:
        yield f"  left behind: {_shorten(line)}"


def _effort(report: view.Report) -> str:
    parts = [view.plural(len(report["rules"]), "rule")]
    if report["requests"]:
        parts.append(f"{view.plural(report['requests'], 'request')} in {view.duration(report['seconds'])}")
    parts.append(f"profile {report['profile']}")
    if report["seed"] is not None:
        parts.append(f"seed {report['seed']}")
    return ", ".join(parts)


def _last_line(report: view.Report) -> str:
    counts = "; ".join(
        f"{level} {_counts(report['rules'], level)}" for level in Level if view.tally(report["rules"], level)
    )
    counts = counts or "nothing judged"
    edition = report["contract"]["edition"]
    if report["verdict"] not in view.VERDICTS:
        return f"no verdict on {report['target']}, contract edition {edition} ({counts})"
    verdict, exceptions = view.VERDICTS[report["verdict"]], ""
    if report["verdict"] == "conforms":
        judged = len(report["rules"])
        if judged < len(CATALOGUE):
            verdict = "keeps the only judged rule of" if judged == 1 else f"breaks none of the {judged} judged rules of"
        if known := view.with_status(report, Status.KNOWN_FAILURE):
            exceptions += f", except for {view.plural(len(known), 'known failure')}"
        if view.blocked(report):
            exceptions += f", but {view.why_blocked(report)}"
    return f"{report['target']} {verdict} the contract, edition {edition}{exceptions} ({counts})"
