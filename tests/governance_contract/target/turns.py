"""Turns that the processes of a run take on a target that permits few business units."""

from __future__ import annotations

import os

try:
    import fcntl
except ImportError:  # not on Windows: processes do not wait for each other there
    fcntl = None  # type: ignore[assignment]


class Turn:
    """The right to create business units. One process of the run has it at a time.

    The operating system gives it back if the process ends.
    """

    def __init__(self, file: str = "") -> None:
        """Open the file that the processes lock; without a file there is only one process."""
        self._descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC) if file and fcntl is not None else None
        self._taken = False

    @property
    def is_required(self) -> bool:
        """Whether a process of the run has found that the target permits few units."""
        return self._descriptor is not None and os.fstat(self._descriptor).st_size > 0

    def require(self) -> None:
        """Tell all processes of the run that they need the turn."""
        if self._descriptor is not None:
            os.pwrite(self._descriptor, b"quota", 0)

    def take(self) -> bool:
        """Wait until no other process has the turn, and take it. Return whether the process did not have it before."""
        if self._descriptor is None or self._taken:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._taken = True
        return True

    def give_back(self) -> None:
        """Let the next process have the turn."""
        if self._descriptor is not None and self._taken:
            self._taken = False
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
