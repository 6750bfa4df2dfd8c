"""Places for business units that the processes of a run share, so that few units exist at the same time."""

from __future__ import annotations

import errno
import os

try:
    import fcntl
except ImportError:  # not on Windows: processes do not wait for each other there
    fcntl = None  # type: ignore[assignment]

OWN, SHARED = 2, 5
"""The units that each process may have at any time, and the further ones of all processes together."""


class Places:
    """Permits a process to have more than two business units at the same time.

    The operating system frees the places of a process that ends.
    """

    def __init__(self, file: str = "") -> None:
        """Open the file whose bytes the processes lock; without a file there is only one process."""
        self._descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC) if file and fcntl is not None else None

    @property
    def are_shared(self) -> bool:
        """Whether other processes have units, too."""
        return self._descriptor is not None

    def take(self, units: int) -> None:
        """Wait until this process may have a number of units. It must have given back its places before."""
        wanted = min(units - OWN, SHARED)
        if self._descriptor is None or wanted <= 0:
            return
        # One process at a time takes places, all that it needs, so that no two wait for each other.
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX, 1, SHARED)
        try:
            taken: list[int] = []
            for may_wait in (False, True):
                for place in range(SHARED):
                    if len(taken) < wanted and place not in taken and self._lock(place, may_wait=may_wait):
                        taken.append(place)
        finally:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, SHARED)

    def _lock(self, place: int, *, may_wait: bool) -> bool:
        """Lock a place; return whether it is locked now."""
        assert self._descriptor is not None
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | (0 if may_wait else fcntl.LOCK_NB), 1, place)
        except OSError as error:
            if may_wait or error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            return False
        return True

    def give_back(self) -> None:
        """Free the places of this process."""
        if self._descriptor is not None:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, SHARED, 0)
