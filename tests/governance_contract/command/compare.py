"""The command ``compare``: tells what got better and worse between two JSON reports."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..results.escaping import one_line
from ..results.exit_code import ExitCode, print_error
from ..results.records import Status

_BROKEN = (Status.FAIL, Status.KNOWN_FAILURE)
_NOT_JUDGED = (Status.SKIP, Status.ERROR)
_Rules = Mapping[str, Mapping[str, Any]]


def run(options: argparse.Namespace) -> int:
    """Compare the reports ``options.old`` and ``options.new``; return the exit code."""
    try:
        old, new = _read(Path(options.old)), _read(Path(options.new))
    except ValueError as error:
        return print_error(str(error))
    groups = _groups(_by_id(old), _by_id(new))
    for line in _lines(old, new, groups):
        print(line)
    return ExitCode.DOES_NOT_CONFORM if groups["Newly broken"] else ExitCode.CONFORMS


def _read(path: Path) -> Mapping[str, Any]:
    """Return a report.

    Raises:
        ValueError: the file cannot be read or is not a JSON report; the message is one line.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8-sig"))
        rules = report["rules"]
        if all({"id", "level", "status", "title"} <= rule.keys() for rule in rules) and "target" in report:
            return dict(report)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass  # the same message for every other file
    raise ValueError(f"{path} is not a report: write one with --report-json")


def _by_id(report: Mapping[str, Any]) -> _Rules:
    return {str(rule["id"]): rule for rule in report["rules"]}


def _groups(old: _Rules, new: _Rules) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {
        "Newly broken": [],
        "Broken, not judged before": [],
        "Newly accepted as a known failure": [],
        "Hold now": [],
        "No longer judged": [],
        "Still broken": [],
    }
    for name in {**old, **new}:
        before = old.get(name, {}).get("status", Status.SKIP)
        after = new.get(name, {}).get("status", Status.SKIP)
        if heading := _heading(before, after):
            groups[heading].append(new.get(name) or old[name])
    return groups


def _heading(before: str, after: str) -> str:
    if after in _NOT_JUDGED:
        return "No longer judged" if before not in _NOT_JUDGED else ""
    if after == Status.PASS:
        return "Hold now" if before in _BROKEN else ""
    if before in _BROKEN:
        return "Still broken"
    if after == Status.KNOWN_FAILURE:
        return "Newly accepted as a known failure"
    return "Newly broken" if before == Status.PASS else "Broken, not judged before"


def _lines(
    old: Mapping[str, Any], new: Mapping[str, Any], groups: Mapping[str, list[Mapping[str, Any]]]
) -> Iterator[str]:
    yield one_line(f"old  {old['target']}, {old.get('started', 'no date')}, {old.get('verdict', 'no verdict')}")
    yield one_line(f"new  {new['target']}, {new.get('started', 'no date')}, {new.get('verdict', 'no verdict')}")
    if not new.get("complete", False):
        yield "the new report is not complete: the run ended early"
    for heading, rules in groups.items():
        if rules:
            yield ""
            yield f"{heading}: {len(rules)}"
            yield from (one_line(f"  {rule['id']} ({rule['level']}) {rule['title']}") for rule in rules)
    yield ""
    counts = ", ".join(f"{heading.lower()}: {len(rules)}" for heading, rules in groups.items() if rules)
    yield counts or "no difference in the judged rules"
