"""The causes of broken rules, for a terminal: the first ones with an example, a line or two for each of the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, Protocol

from ...contract.rules import Level
from ..records import Status
from . import view

_FULL = 10
_SHORT = 30
_MOST_ERRORS = 5
_MANY_CONSEQUENCES = 10
_KIND = 13
_LONGEST_CURL = 1_200
_MOST_WITH_TWO_LINES = 10
_LOST_BY_WRAPPING = 30
"""How many characters of a line may stay empty, since the next word is too long."""
_INDENT = " " * 4
_STYLES = {"crash": "1;31", "access": "1;31", "data loss": "31", "wrong state": "33", "refusals": "33", "shape": "36"}


class _Screen(Protocol):
    @property
    def width(self) -> int: ...

    def paint(self, text: str, style: str) -> str: ...


def render(report: view.Report, screen: _Screen) -> Iterator[str]:
    """Yield the heading, the causes, the rules that are red because of other rules, and the errors."""
    causes: Sequence[Mapping[str, Any]] = report["causes"]
    if causes:
        text = f"{_heading(report)}{_most_hiding(causes)}"
        yield from wrap(text, screen.width, break_on_hyphens=False, break_long_words=False)
        yield ""
    for number, cause in enumerate(causes[:_FULL], 1):
        yield from _in_full(number, cause, screen, report["target"])
    rest = causes[_FULL:]
    for number, cause in enumerate(rest[:_SHORT], _FULL + 1):
        yield from _in_short(number, cause, screen, lines=1 if len(rest) > _MOST_WITH_TWO_LINES else 2)
    if len(rest) > _SHORT:
        yield f"    and {view.plural(len(rest) - _SHORT, 'more cause')}"
    if causes:
        yield ""
    yield from _consequences(causes, screen)
    yield from _errors(report, screen)


def _heading(report: view.Report) -> str:
    parts, last = [], 0
    for level in Level:
        counts = view.tally(report["rules"], level)
        if broken := counts.get(Status.FAIL):
            parts.append(f"{broken} of {view.plural(sum(counts.values()), f'{level} rule')}")
            last = broken
    verb = "is" if len(parts) == 1 and last == 1 else "are"
    return f"{report['target']}: {' and '.join(parts)} {verb} broken, by {view.plural(len(report['causes']), 'cause')}."


def _most_hiding(causes: Sequence[Mapping[str, Any]]) -> str:
    """Return a sentence about a later cause that makes many rules red, since their tests end there and hide more."""
    number, most = max(enumerate(causes, 1), key=lambda item: len(item[1]["consequences"]))
    count = len(most["consequences"])
    if number == 1 or count < _MANY_CONSEQUENCES:
        return ""
    return f" Cause {number} alone breaks {count} other rules and may hide more. Fix it early."


def _title(number: int, cause: Mapping[str, Any], screen: _Screen) -> str:
    kind = cause["kind"].upper()
    return f"{number:>2}  {screen.paint(kind, _STYLES[cause['kind']])}{' ' * (_KIND - len(kind))}"


def _in_full(number: int, cause: Mapping[str, Any], screen: _Screen, target: str) -> Iterator[str]:
    """Yield a cause with its example. Requests are shown without the URL of the target; curl has it."""
    example = cause["example"]
    weight = "" if cause["decides"] else " [not counted without --strict]"
    width = screen.width - _KIND - len(_INDENT)
    first, *more = wrap(cause["sentence"], width, break_on_hyphens=False, break_long_words=False) or [""]
    yield f"{_title(number, cause, screen)}{screen.paint(first, '1')}"
    yield from (f"{_INDENT}{' ' * _KIND}{line}" for line in more[:2])
    yield _line("rules", f"{_rules(cause, 4)}{weight}", screen)
    sent = view.request_text(example["exchange"])
    earlier = [request for request in example["before"] if view.request_text(request) != sent]
    if earlier:
        yield _line("before", view.earlier_text(earlier[-1]).replace(target, "", 1), screen)
    yield _line("sent", sent.replace(target, "", 1), screen)
    yield _line("expected", example["expected"], screen)
    yield _line("got", _got(example), screen)
    yield f"{_INDENT}{'curl':<10}{_curl(example['exchange']['curl'])}"


def _in_short(number: int, cause: Mapping[str, Any], screen: _Screen, *, lines: int) -> Iterator[str]:
    """Yield a cause in a few lines; the rules are never cut off."""
    width, rules = screen.width - _KIND - len(_INDENT), f" ({_rules(cause, 1)})"
    longest = lines * width - len(rules) - (lines - 1) * _LOST_BY_WRAPPING
    first, *more = wrap(_cut(cause["sentence"], longest) + rules, width, break_on_hyphens=False)
    yield f"{_title(number, cause, screen)}{first}"
    yield from (f"{_INDENT}{' ' * _KIND}{line}" for line in more)


def _got(example: Mapping[str, Any]) -> str:
    """Return what the target did; the response is shown too if the text does not begin with its status."""
    response = view.response_text(example["exchange"])
    status = view.status_text(example["exchange"])
    if example["got"].startswith(f"status {status}"):
        return response
    got = example["got"] if example["exchange"]["status"] is None else f"{status}, {example['got']}"
    return f"{got}; response {response}"


def _curl(command: str) -> str:
    if len(command) <= _LONGEST_CURL:
        return " ".join(command.splitlines())
    return f"({len(command):,} characters: see --verbose, or a report)"


def _rules(cause: Mapping[str, Any], most: int) -> str:
    rules = cause["rules"]
    more = f" (+ {view.plural(len(rules) - most, 'rule')})" if len(rules) > most else ""
    return ", ".join(rules[:most]) + more


def _line(label: str, text: str, screen: _Screen) -> str:
    return _cut(f"{_INDENT}{label:<10}{' '.join(text.split())}", screen.width)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _consequences(causes: Sequence[Mapping[str, Any]], screen: _Screen) -> Iterator[str]:
    counts = [(len(cause["consequences"]), number) for number, cause in enumerate(causes, 1) if cause["consequences"]]
    if counts:
        total = view.plural(sum(count for count, _ in counts), "rule")
        parts = ", ".join(f"{count} of cause {number}" for count, number in sorted(counts, reverse=True))
        text = f"Red only because of the cause of another rule: {total} ({parts})"
        yield from wrap(text, screen.width, subsequent_indent=_INDENT)
        yield ""


def _errors(report: view.Report, screen: _Screen) -> Iterator[str]:
    """Yield the rules that ended in an error, by the reason, without its exchange."""
    by_reason: dict[str, list[str]] = {}
    for rule in view.with_status(report, Status.ERROR):
        by_reason.setdefault((rule["reason"] or "no reason given").splitlines()[0], []).append(rule["id"])
    ordered = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    for reason, rules in ordered[:_MOST_ERRORS]:
        yield _cut(f"ERROR {view.plural(len(rules), 'rule')} could not be judged: {reason}", screen.width)
        yield _cut(f"      {' '.join(rules)}", screen.width)
    if rest := [rule for _, rules in ordered[_MOST_ERRORS:] for rule in rules]:
        yield _cut(f"ERROR {view.plural(len(rest), 'more rule')} for other reasons: {' '.join(rest)}", screen.width)
    if ordered:
        yield ""
