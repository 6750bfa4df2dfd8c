"""How a command ends, and in which forms it can tell. Imports nothing large, so that it can complain at once."""

from __future__ import annotations

import sys

REPORTS = {"json": "JSON", "junit": "JUnit XML", "html": "one web page", "markdown": "Markdown, for a CI job's page"}


class ExitCode:
    """How a run ends, for scripts."""

    CONFORMS = 0
    DOES_NOT_CONFORM = 1
    COULD_NOT_JUDGE = 2


def complain(problem: str) -> int:
    """Say in one line why nothing can be judged; return the exit code for that."""
    sys.stderr.write(f"error: {problem}\n")
    return ExitCode.COULD_NOT_JUDGE
