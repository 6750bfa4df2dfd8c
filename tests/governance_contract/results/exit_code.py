"""The exit codes of the command, and the error line for exit code 2. This module imports nothing large."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from enum import IntEnum
from pathlib import PurePath

from .escaping import one_line


class ExitCode(IntEnum):
    """The exit code of a run."""

    CONFORMS = 0
    DOES_NOT_CONFORM = 1
    NO_VERDICT = 2


def print_error(problem: str) -> ExitCode:
    """Print one line on standard error that explains why there is no verdict; return exit code 2."""
    if sys.stderr is not None:  # it is None if the caller closed it
        try:
            sys.stderr.write(f"error: {one_line(problem)}\n")
            sys.stderr.flush()
        except OSError:  # the line stays in the buffer, and the interpreter's last flush would give exit code 120
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return ExitCode.NO_VERDICT


def describe_defect(error: BaseException) -> str:
    """Return one line about an unexpected exception: its type and where it was raised.

    The exception's message is left out, since it may contain a credential.
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {PurePath(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"internal error: {type(error).__name__}{where}"
