"""Changes of a unit until its timestamps, which may have whole seconds, must have advanced."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

_SECONDS = 1.5
_CHANGES_WITHOUT_PAUSE = 20
_PAUSE = 0.05  # seconds


def until_a_later_timestamp() -> Iterator[int]:
    """Yield the numbers of changes, from 0, for longer than a second: a timestamp in whole seconds has then advanced.

    The first changes follow each other at once, since most timestamps have fractions.
    """
    deadline = time.monotonic() + _SECONDS
    for number in itertools.count():
        yield number
        if number and time.monotonic() > deadline:
            return
        if number >= _CHANGES_WITHOUT_PAUSE:
            time.sleep(_PAUSE)
