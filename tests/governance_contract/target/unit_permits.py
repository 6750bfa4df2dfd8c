"""Permits for business units that the processes of a run share, so that few units exist at the same time."""

from __future__ import annotations

import os
import time
from contextlib import suppress

try:
    import fcntl
except ImportError:  # not on Windows: processes do not wait for each other there
    fcntl = None  # type: ignore[assignment]

OWN, SHARED = 2, 5
"""The units that each process may have at any time, and the further ones of all processes together."""
_PAUSE = 0.05
"""Seconds between attempts to take permits. A test that needs few can begin while another one waits for more."""


class UnitPermits:
    """Permits a process to have more than two business units at the same time.

    The operating system frees the permits of a process that ends.
    """

    def __init__(self, file: str = "") -> None:
        """Open the file whose bytes the processes lock; without a file there is only one process."""
        self._descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC) if file and fcntl is not None else None

    @property
    def are_shared(self) -> bool:
        """Whether other processes have units, too."""
        return self._descriptor is not None

    def take(self, units: int) -> None:
        """Wait until this process may have a number of units. It must have given back its permits before."""
        wanted = min(units - OWN, SHARED)
        while self._descriptor is not None and wanted > 0 and not self._take_now(self._descriptor, wanted):
            time.sleep(_PAUSE)

    def _take_now(self, descriptor: int, wanted: int) -> bool:
        """Take a number of permits, or none if fewer are free. Return whether it took them."""
        taken = 0
        for permit in range(SHARED):
            with suppress(BlockingIOError, PermissionError):  # another process has it
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, permit)
                taken += 1
            if taken == wanted:
                return True
        self.give_back()
        return False

    def give_back(self) -> None:
        """Free the permits of this process."""
        if self._descriptor is not None:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, SHARED, 0)
