"""How a command ends, and in which forms it can tell. Imports nothing large, so that it can complain at once."""

from __future__ import annotations

import signal
import sys

STOPPING = {signal.SIGINT, signal.SIGTERM}
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


def stop_once() -> None:
    """Have the first SIGINT or SIGTERM raise KeyboardInterrupt; a second one is not to disturb the cleaning up."""
    for number in STOPPING:
        signal.signal(number, _stop)


def _stop(number: int, frame: object) -> None:
    for other in STOPPING:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def hold(held: bool) -> None:
    """Keep SIGINT and SIGTERM back, also for a process that is started meanwhile, or let them come."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK if held else signal.SIG_UNBLOCK, STOPPING)
