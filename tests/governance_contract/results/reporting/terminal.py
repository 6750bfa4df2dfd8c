"""The report for a terminal: the most informative causes come first, and the verdict is on the last line.

Without ``verbose`` it has at most ``MOST_LINES`` lines. One broken rule alone and a run of few rules are in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from ...contract.citations import in_words
from ...contract.rules import AREAS, CATALOGUE, Level
from ..escaping import harmless_in_log
from ..records import Status
from . import causes_on_screen, view

_SHOWN_FAILURES = 3
_SHOWN_LINE = 800
_WIDTH = 109
_INDENT = " " * 6
_FEW_RULES = 3
"""A run of so few rules, such as the repetition of one, is shown in full."""
_NAMED = 2
_MOST_KNOWN = 3
_MOST_REASONS = 6
_MOST_IDS = 8
_MOST_LEFT_BEHIND = 10
_VERDICT_STYLES = {"conforms": "32", "does-not-conform": "1;31"}
MOST_LINES = 150
"""The most lines of a report that is not verbose, unless more than 20 known failures are listed."""
_BREAK = re.compile(r"\s*\n\s*")


@dataclass(frozen=True)
class Screen:
    """The terminal on which a report is shown."""

    width: int = 120
    """In columns."""
    colour: bool = False
    """Whether to mark words with colours; nothing is said by colour alone."""

    def paint(self, text: str, style: str) -> str:
        """Return a text in a style, given as the number of ECMA-48 for it."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


def render(report: Mapping[str, Any], *, verbose: bool = False, screen: Screen | None = None) -> str:
    """Return the report as lines: the causes, the rules that were not judged, the areas, remarks, and the verdict.

    Args:
        report: the JSON report.
        verbose: whether to show also every broken rule with its violations.
        screen: the terminal.
    """
    clean, screen = harmless_in_log(report), screen or Screen()
    broken = view.with_status(clean, *view.RED)
    in_full = verbose or len(broken) <= 1 or len(clean["rules"]) <= _FEW_RULES
    causes = len(broken) > 1 and (verbose or not in_full)
    return "\n".join(_lines(clean, screen, in_full=in_full, causes=causes, verbose=verbose))


def _lines(report: view.Report, screen: Screen, *, in_full: bool, causes: bool, verbose: bool) -> Iterator[str]:
    yield ""
    if report["problem"] and not report["rules"]:
        yield f"error: {_shorten(report['problem'])}"
        yield from _left_behind(report)
        return
    if causes:
        yield from causes_on_screen.render(report, screen)
    if in_full:
        for rule in view.with_status(report, *view.RED):
            yield from _red(rule)
    yield from _known(report)
    yield from _not_judged(report) if verbose else _not_judged_in_short(report, screen)
    yield from _areas(report) if in_full else _areas_in_short(report, screen)
    yield from _remarks(report)
    yield ""
    if causes and not verbose:
        yield "Everything, rule by rule: --verbose, or a report such as --report-html FILE"
    yield _effort(report)
    if report["problem"]:
        decided = report["verdict"] in view.VERDICTS
        yield f"{'ended early' if decided else 'error'}: {_shorten(report['problem'])}"
    elif report["verdict"] not in view.VERDICTS:
        yield view.sentence(report)
    yield screen.paint(_last_line(report), _VERDICT_STYLES.get(report["verdict"], "33"))


def _red(rule: view.RuleReport) -> Iterator[str]:
    verdict = view.MARKS[Status(rule["status"])]
    weight = "" if rule["decides"] else "  [not counted without --strict]"
    yield f"{verdict:<5} {rule['id']} ({rule['level']}) {rule['title']}{weight}"
    for number, citation in enumerate(rule["cited"]):
        yield _line("" if number else "cites", in_words(citation))
    for failure in rule["failures"][:_SHOWN_FAILURES]:
        yield _line("in", view.found_in(failure))
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
    known = view.with_status(report, Status.KNOWN_FAILURE)
    for rule in known[_MOST_KNOWN:]:
        yield f"known {rule['id']} ({rule['level']}): {_shorten(view.known_reason(report, rule))[:_WIDTH]}"
    for rule in known[:_MOST_KNOWN]:
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


def _not_judged_in_short(report: view.Report, screen: Screen) -> Iterator[str]:
    skipped = view.skipped_by_reason(report)
    for reason, rules in list(skipped.items())[:_MOST_REASONS]:
        ids = " ".join(rule["id"] for rule in rules[:_MOST_IDS])
        more = f" and {len(rules) - _MOST_IDS} more" if len(rules) > _MOST_IDS else ""
        first = _shorten(reason.splitlines()[0])
        yield from wrap(f"skip  {first}", screen.width, subsequent_indent=_INDENT, break_on_hyphens=False)[:2]
        yield f"{_INDENT}{ids}{more}"
    if len(skipped) > _MOST_REASONS:
        yield f"skip  {len(skipped) - _MOST_REASONS} more reasons"
    if skipped:
        yield ""


def _areas_in_short(report: view.Report, screen: Screen) -> Iterator[str]:
    cells = []
    for area, _, rules in view.areas(report):
        held = sum(rule["status"] == Status.PASS for rule in rules)
        judged = sum(rule["status"] != Status.SKIP for rule in rules)
        cells.append(f"{area}\xa0{held}/{judged}")
    text = "Rules that hold: " + " | ".join(cells)
    yield from (line.replace("\xa0", " ") for line in wrap(text, screen.width, break_on_hyphens=False))


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
    lines = report["left_behind"]
    for line in lines[:_MOST_LEFT_BEHIND]:
        yield f"  left behind: {_shorten(line)}"
    if len(lines) > _MOST_LEFT_BEHIND:
        yield f"  left behind: {len(lines) - _MOST_LEFT_BEHIND} more; the reports list all of them"


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
    if report["verdict"] == "does-not-conform":
        return f"{report['target']} does NOT conform to the contract, edition {edition} ({counts})"
    return f"{report['target']} {_conforms(report, edition)} ({counts})"


def _conforms(report: view.Report, edition: str) -> str:
    """Return the verdict on a target that conforms, with everything that qualifies it."""
    should = view.broken_should(report)
    verdict = f"conforms{' at MUST' if should else ''} to"
    if len(report["rules"]) < sum(not rule.thorough for rule in CATALOGUE.values()):
        judged = sum(rule["status"] != Status.SKIP for rule in report["rules"])
        verdict = "keeps the only judged rule of" if judged == 1 else f"breaks none of the {judged} judged rules of"
        if judged == 1 and view.with_status(report, Status.KNOWN_FAILURE):
            verdict = "breaks no judged rule of"
        verdict = f"conforms at MUST in the {view.plural(judged, 'judged rule')} of" if should else verdict
    text = f"{verdict} the contract, edition {edition}"
    if known := view.with_status(report, Status.KNOWN_FAILURE):
        text += f", except for {view.plural(len(known), 'known failure')}"
    if view.blocked(report):
        text += f", but {view.why_blocked(report)}"
    if should:
        some = ", among them" if len(report["causes"]) > _NAMED else ""
        text += f"; {should}{some}: {_shorten(view.among(report, _NAMED))}"
    return text
