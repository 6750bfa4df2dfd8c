"""How the processes of this package handle SIGINT and SIGTERM."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPPING = {signal.SIGINT, signal.SIGTERM}
_received: list[int] = []
"""The signal that `interrupt_once` has turned into KeyboardInterrupt."""


def interrupt_once() -> None:
    """Raise KeyboardInterrupt on the first SIGINT or SIGTERM and ignore later ones, so that the cleanup completes."""
    for number in STOPPING:
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> None:
    for other in STOPPING:
        signal.signal(other, signal.SIG_IGN)
    _received.append(number)
    raise KeyboardInterrupt


def was_interrupted() -> bool:
    """Whether a signal was turned into KeyboardInterrupt. Python drops one that is raised in a destructor."""
    return bool(_received)


def block_signals(blocked: bool) -> None:
    """Block or unblock SIGINT and SIGTERM; a process that is started in the meantime inherits the state."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK if blocked else signal.SIG_UNBLOCK, STOPPING)


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Ignore SIGINT and SIGTERM in a block that must be completed. It has no effect outside the main thread."""
    try:
        before = {number: signal.signal(number, signal.SIG_IGN) for number in STOPPING}
    except ValueError:  # only the main thread may set handlers
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
