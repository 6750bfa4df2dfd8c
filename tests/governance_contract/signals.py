"""How the processes of this package handle SIGINT and SIGTERM."""

from __future__ import annotations

import signal

STOPPING = {signal.SIGINT, signal.SIGTERM}


def interrupt_once() -> None:
    """Raise KeyboardInterrupt on the first SIGINT or SIGTERM and ignore later ones, so that the cleanup completes."""
    for number in STOPPING:
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> None:
    for other in STOPPING:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def block_signals(blocked: bool) -> None:
    """Block or unblock SIGINT and SIGTERM; a process that is started in the meantime inherits the state."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK if blocked else signal.SIG_UNBLOCK, STOPPING)
