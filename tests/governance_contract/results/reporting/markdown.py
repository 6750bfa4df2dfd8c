"""The report as Markdown, for the page of a CI job (GitHub's dialect)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from ...contract.citations import in_words
from ...contract.rules import Level
from ..records import Status
from . import view

LIMIT = 1024 * 1024 - 1
"""The maximum size of a step summary on GitHub, in bytes of UTF-8."""
_SHOWN_FAILURES = 3
_ROOM_FOR_NOTE = 500
_SHOWN_FENCE = 40_000
_RUN = re.compile("`+")
_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+!|~$^@:])")


def render(report: Mapping[str, Any]) -> str:
    """Return the report as Markdown of less than 1 MiB: the verdict, the areas, and what is broken."""
    clean = view.harmless(report)
    head = "\n".join(_head(clean)) + "\n"
    tail = "\n".join(_remarks(clean))
    room = LIMIT - _ROOM_FOR_NOTE - len((head + tail).encode())
    shown = view.with_status(clean, *view.RED, Status.KNOWN_FAILURE)
    blocks: list[str] = []
    for rule in shown:
        block = "\n".join(_rule(clean, rule)) + "\n"
        room -= len(block.encode())
        if room < 0:
            left = view.plural(len(shown) - len(blocks), "broken rule")
            blocks.append(f"*{left} not shown because of the size limit; the other report formats show them.*\n\n")
            break
        blocks.append(block)
    catalogue = "\n".join(_catalogue(clean)) + "\n" if clean["rules"] else ""
    if len(catalogue.encode()) <= room:
        tail += catalogue
    # Long texts from the target can make the head or the tail exceed the limit.
    return (head + "".join(blocks) + tail).encode()[:LIMIT].decode("utf-8", "ignore")


def fenced(text: str) -> str:
    """Return a fenced code block whose fence is longer than any run of backticks in the text."""
    fence = "`" * max(3, 1 + max((len(run) for run in _RUN.findall(text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def code(text: str) -> str:
    """Return a text as a code span, in which nothing is markup."""
    text = " ".join(text.split())
    ticks = "`" * (1 + max((len(run) for run in _RUN.findall(text)), default=0))
    blank = " " if text[:1] == "`" or text[-1:] == "`" or not text else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def plain(text: str) -> str:
    """Return a text as one line with every markup character escaped."""
    return _ACTIVE.sub(r"\\\1", escape(" ".join(text.split()), quote=False))


def _head(report: view.Report) -> Iterator[str]:
    yield f"## {view.headline(report)}"
    yield ""
    contract = report["contract"]
    yield f"{code(report['target'])}, edition {code(contract['edition'])} of the contract."
    yield ""
    yield fenced(report["problem"]) if report["problem"] else plain(view.sentence(report))
    yield ""
    if report["rules"]:
        yield f"| Area | {' | '.join(Level)} |"
        yield "|:--|" + ":--|" * len(Level)
        for area, meaning, rules in view.areas(report):
            cells = " | ".join(_cell(rules, level) for level in Level)
            yield f"| **{plain(area)}** {plain(meaning)} | {cells} |"
        yield f"| **All** | {' | '.join(_cell(report['rules'], level) for level in Level)} |"
        yield ""


def _cell(rules: list[view.RuleReport], level: str) -> str:
    counts = view.tally(rules, level)
    words = [
        f"**{count} {view.MARKS[status]}**" if status in view.RED else f"{count} {view.MARKS[status]}"
        for status, count in counts.items()
    ]
    return ", ".join(words) or "-"


def _rule(report: view.Report, rule: view.RuleReport) -> Iterator[str]:
    mark = view.MARKS[Status(rule["status"])]
    title = escape(f"{rule['id']} ({rule['level']}) {rule['title']}")
    yield f"<details><summary><b>{mark}</b> {title}</summary>"
    yield ""
    if rule["status"] == Status.FAIL and not rule["decides"]:
        yield "A SHOULD rule: it does not count in the verdict of this run."
        yield ""
    if rule["status"] == Status.KNOWN_FAILURE:
        yield f"Accepted because: {plain(view.known_reason(report, rule))}"
        yield ""
    elif rule["reason"]:
        yield _fenced(rule["reason"])
        yield ""
    for one in rule["cited"]:
        yield f"- Cites {_cited(one)}"
    yield ""
    for failure in rule["failures"][:_SHOWN_FAILURES]:
        yield f"In {code(failure['test'])}:"
        yield ""
        yield _fenced(f"expected  {failure['expected']}\ngot       {failure['got']}")
        yield ""
        before = "\n".join(map(view.earlier_text, failure["before"]))
        exchange = failure["exchange"]
        for shown in filter(None, (before, view.exchange_text(exchange), exchange["curl"])):
            yield _fenced(shown)
            yield ""
    if len(rule["failures"]) > _SHOWN_FAILURES:
        yield f"And {len(rule['failures']) - _SHOWN_FAILURES} more of this rule."
        yield ""
    if rule["repeat"]:
        yield "Judge this rule again:"
        yield ""
        yield _fenced(rule["repeat"])
        yield ""
    yield "</details>"
    yield ""


def _cited(one: Mapping[str, Any]) -> str:
    return f"{plain(one['text'])} ({code(one['citation'])})" if one["text"] else plain(in_words(one))


def _catalogue(report: view.Report) -> Iterator[str]:
    """Yield a table of all rules of the run with their verdicts and normative texts."""
    yield ""
    yield "<details><summary>All rules with their normative text</summary>"
    yield ""
    yield "| Rule | Verdict | Text |"
    yield "|:--|:--|:--|"
    for rule in report["rules"]:
        mark, cited = view.MARKS[Status(rule["status"])], "<br>".join(map(_cited, rule["cited"]))
        yield f"| **{plain(rule['id'])}** ({rule['level']}) {plain(rule['title'])} | {mark} | {cited} |"
    yield ""
    yield "</details>"
    yield ""


def _fenced(text: str) -> str:
    cut = text if len(text) <= _SHOWN_FENCE else f"{text[:_SHOWN_FENCE]}... ({len(text)} characters)"
    return fenced(cut)


def _remarks(report: view.Report) -> Iterator[str]:
    for reason, rules in view.skipped_by_reason(report).items():
        yield f"- Not judged, {plain(reason)}: {', '.join(plain(rule['id']) for rule in rules)}"
    for word, operation in view.unusable(report):
        yield f"- {word.capitalize()}: {code(operation['operation'])}: {code(view.evidence_of(operation))}"
    if report["synthetic_credentials"]:
        names = ", ".join(map(code, report["synthetic_credentials"]))
        yield f"- Weaker evidence: made-up credentials replaced {names}"
    for line in report["left_behind"]:
        yield f"- Left behind: {code(line)}"
    seed = "" if report["seed"] is None else f", seed {code(report['seed'])}"
    yield (
        f"- {view.plural(len(report['rules']), 'rule')}, {view.plural(report['requests'], 'request')}, "
        f"{view.duration(report['seconds'])}; profile {plain(report['profile'])}{seed}; "
        f"{view.instant(report['started'])}; {plain(report['tool']['name'])} {plain(report['tool']['version'])}"
    )
    yield ""
