"""Known failures: rules that a target is known to break, kept beside it with reasons.

One rule a line: its id, blanks, the reason. Lines that begin with ``#`` and empty ones say nothing. The file is strict:
an unknown id, a missing reason or a second line for a rule is an error, and so is a rule that passes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path


class KnownFailuresError(ValueError):
    """The file of known failures cannot be used; the message says why and where."""


def read(path: Path, rules: Collection[str]) -> Mapping[str, str]:
    """Return the reason for each rule that is known to fail.

    Raises:
        KnownFailuresError: the file cannot be read, or a line of it cannot be used.
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
            raise KnownFailuresError(f"{where}: {rule} has no reason; write it behind the id")
        if rule in known:
            raise KnownFailuresError(f"{where}: {rule} is there a second time")
        known[rule] = reason.strip()
    return known
