"""Reads the file of known failures: rules that a target is known to break, with reasons.

Each line has a rule id, a space and the reason. Empty lines and lines that begin with ``#`` are ignored. An unknown id,
a missing reason and a repeated id are errors. A listed rule that passes is also an error; ``outcome`` reports it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path


class KnownFailuresError(ValueError):
    """The file of known failures cannot be used; the message gives the line and the reason."""


def read(path: Path, rules: Collection[str]) -> Mapping[str, str]:
    """Return the reason for each rule that is known to fail.

    Raises:
        KnownFailuresError: the file cannot be read, or one of its lines is invalid.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise KnownFailuresError(f"cannot read the known failures {path}: {reason}") from error
    known: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        rule, _, reason = line.strip().partition(" ")
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
