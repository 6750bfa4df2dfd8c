"""How the processes of this package answer SIGINT and SIGTERM."""

from __future__ import annotations

import signal

STOPPING = {signal.SIGINT, signal.SIGTERM}


def interrupt_once() -> None:
    """Let the first SIGINT or SIGTERM raise KeyboardInterrupt, and ignore the following ones during the cleanup."""
    for number in STOPPING:
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> None:
    for other in STOPPING:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def block_signals(blocked: bool) -> None:
    """Block SIGINT and SIGTERM, also for processes that are started meanwhile, or unblock them."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK if blocked else signal.SIG_UNBLOCK, STOPPING)
