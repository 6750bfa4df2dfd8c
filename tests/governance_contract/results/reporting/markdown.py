"""The report as Markdown, for the page of a CI job (GitHub's dialect)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from ...contract.citations import in_words
from ...contract.rules import Level
from ..escaping import harmless
from ..records import Status
from . import view

LIMIT = 1024 * 1024 - 1
"""The maximum size of a step summary on GitHub, in bytes of UTF-8."""
_SHOWN_FAILURES = 3
_SHOWN_CAUSES = 10
_LISTED_CAUSES = 60
_ROOM_FOR_NOTE = 500
_SHOWN_FENCE = 40_000
_RUN = re.compile("`+")
_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+!|~$^@:])")


def render(report: Mapping[str, Any]) -> str:
    """Return the report as Markdown of less than 1 MiB: the verdict, the areas, and what is broken."""
    clean = harmless(report)
    head = _paragraphs(_head(clean))
    tail = "\n".join(_remarks(clean)) + "\n"
    room = LIMIT - _ROOM_FOR_NOTE - len((head + tail).encode())
    shown = view.with_status(clean, *view.RED, Status.KNOWN_FAILURE)
    blocks: list[str] = []
    for rule in shown:
        block = _paragraphs(_rule(clean, rule))
        room -= len(block.encode())
        if room < 0:
            left = view.plural(len(shown) - len(blocks), "broken rule")
            blocks.append(f"*{left} not shown because of the size limit; the other report formats show them.*\n\n")
            break
        blocks.append(block)
    catalogue = "\n" + _paragraphs(_catalogue(clean)) if clean["rules"] else ""
    if len(catalogue.encode()) <= room:
        tail += catalogue
    # Long texts from the target can make the head or the tail exceed the limit.
    return (head + "".join(blocks) + tail).encode()[:LIMIT].decode("utf-8", "ignore")


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"{text}\n\n" for text in texts)


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
    yield f"{code(report['target'])}, edition {code(report['contract']['edition'])} of the contract."
    yield fenced(report["problem"]) if report["problem"] else plain(view.sentence(report))
    if report["rules"]:
        areas = [(f"**{plain(area)}** {plain(meaning)}", rules) for area, meaning, rules in view.areas(report)]
        rows = [*areas, ("**All**", report["rules"])]
        yield from _causes(report)
        yield _table(["Area", *Level], [[name, *(_cell(rules, level) for level in Level)] for name, rules in rows])


def _causes(report: view.Report) -> Iterator[str]:
    """Yield the causes: the first ones with an example, the rest by name."""
    causes = report["causes"]
    if causes:
        yield f"### {view.plural(len(causes), 'cause')}"
    for number, cause in enumerate(causes[:_SHOWN_CAUSES], 1):
        rules = ", ".join(cause["rules"])
        summary = escape(f"{number}. {cause['kind'].upper()}: {cause['sentence']}")
        yield f"<details><summary>{summary}</summary>"
        yield f"Breaks {plain(rules)}."
        example = cause["example"]
        yield _fenced(f"expected  {example['expected']}\ngot       {example['got']}")
        yield from map(_fenced, (view.exchange_text(example["exchange"]), example["exchange"]["curl"]))
        yield "</details>"
    rest = enumerate(causes[_SHOWN_CAUSES:_LISTED_CAUSES], _SHOWN_CAUSES + 1)
    lines = [f"{number}. {cause['kind'].upper()}: {plain(cause['sentence'])}" for number, cause in rest]
    if lines:
        yield "\n".join(lines)
    if len(causes) > _LISTED_CAUSES:
        yield f"And {view.plural(len(causes) - _LISTED_CAUSES, 'more cause')}."


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (heads, *rows)]
    return "\n".join([lines[0], "|" + ":--|" * len(heads), *lines[1:]])


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
    if rule["status"] == Status.FAIL and not rule["decides"]:
        yield "A SHOULD rule: it does not count in the verdict of this run."
    if rule["status"] == Status.KNOWN_FAILURE:
        yield f"Accepted because: {plain(view.known_reason(report, rule))}"
    elif rule["reason"]:
        yield _fenced(rule["reason"])
    yield "\n".join(f"- Cites {_cited(citation)}" for citation in rule["cited"])
    for failure in rule["failures"][:_SHOWN_FAILURES]:
        yield f"In {code(view.found_in(failure))}:"
        yield _fenced(f"expected  {failure['expected']}\ngot       {failure['got']}")
        before = "\n".join(map(view.earlier_text, failure["before"]))
        exchange = failure["exchange"]
        yield from map(_fenced, filter(None, (before, view.exchange_text(exchange), exchange["curl"])))
    if len(rule["failures"]) > _SHOWN_FAILURES:
        yield f"And {len(rule['failures']) - _SHOWN_FAILURES} more of this rule."
    if rule["repeat"]:
        yield "Judge this rule again:"
        yield _fenced(rule["repeat"])
    yield "</details>"


def _cited(citation: Mapping[str, Any]) -> str:
    if not citation["text"]:
        return plain(in_words(citation))
    return f"{plain(citation['text'])} ({code(citation['citation'])})"


def _catalogue(report: view.Report) -> Iterator[str]:
    """Yield a table of all rules of the run with their verdicts and normative texts."""
    yield "<details><summary>All rules with their normative text</summary>"
    rows = []
    for rule in report["rules"]:
        name = f"**{plain(rule['id'])}** ({rule['level']}) {plain(rule['title'])}"
        rows.append([name, view.MARKS[Status(rule["status"])], "<br>".join(map(_cited, rule["cited"]))])
    yield _table(["Rule", "Verdict", "Text"], rows)
    yield "</details>"


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
