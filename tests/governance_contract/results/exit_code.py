"""The exit codes of the command, and the line that explains the third one. Imports nothing large."""

from __future__ import annotations

import sys
from enum import IntEnum


class ExitCode(IntEnum):
    """How a run ends, for scripts."""

    CONFORMS = 0
    DOES_NOT_CONFORM = 1
    NO_VERDICT = 2


def complain(problem: str) -> ExitCode:
    """Print one line on standard error that says why there is no verdict; return the exit code for that."""
    sys.stderr.write(f"error: {problem}\n")
    return ExitCode.NO_VERDICT
