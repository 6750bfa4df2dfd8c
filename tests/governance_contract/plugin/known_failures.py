"""Reads and writes the file of known failures: rules that a target is known to break, with reasons.

Each line has a rule id, blanks or tabs, and the reason. Empty lines and lines that begin with ``#`` are ignored. An
unknown id, a missing reason and a repeated id are errors. ``run_outcome`` refuses a listed rule that passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ..results.causes import find_causes
from ..results.escaping import one_line
from ..results.records import Status
from ..results.verdict import RuleResult


class KnownFailuresError(ValueError):
    """The file of known failures cannot be used; the message gives the line and the reason."""


def read(path: Path, rules: Collection[str]) -> Mapping[str, str]:
    """Return the reason for each rule that is known to fail.

    Raises:
        KnownFailuresError: the file cannot be read, or one of its lines is invalid.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # a byte order mark is allowed
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise KnownFailuresError(f"cannot read the known failures {path}: {reason}") from error
    known: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        rule, reason = [*line.split(maxsplit=1), "", ""][:2]
        if not rule or rule.startswith("#"):
            continue
        where = f"{path}, line {number}"
        if rule not in rules:
            raise KnownFailuresError(f"{where}: there is no rule {rule!r}; `governance-contract rules` lists them")
        if not reason.strip():
            raise KnownFailuresError(f"{where}: {rule} has no reason; write it after the id")
        if rule in known:
            raise KnownFailuresError(f"{where}: {rule} is listed twice")
        known[rule] = reason.strip()
    return known


def write(path: Path, results: Collection[RuleResult], known: Mapping[str, str]) -> None:
    """Write a file that lists known failures and every other broken rule.

    Args:
        path: the file.
        results: the verdicts on the rules.
        known: the known failures to keep, with their reasons. The reasons of the other rules are left to fill in.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text("".join(f"{line}\n" for line in _lines(results, known)), encoding="utf-8")


def _lines(results: Collection[RuleResult], known: Mapping[str, str]) -> Iterator[str]:
    yield "# Rules that may fail. Write the reason after each id: the file is refused until each rule has one."
    sentences: dict[str, str] = {}
    for cause in find_causes(results):
        for broken in cause.rules:
            sentences.setdefault(broken, cause.sentence)
    yield from (f"{rule} {reason}" for rule, reason in known.items())
    for result in results:
        rule = result.rule
        if result.status is Status.FAIL:
            yield f"# {rule.level}: {rule.title} {one_line(sentences.get(rule.id, ''))}".rstrip()
            yield rule.id
