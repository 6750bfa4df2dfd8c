"""A port for a server that takes its port as an option, and cannot choose a free one itself."""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def unused_port() -> int:
    """Return a free port below those that systems give to servers of other tests, which could take it meanwhile."""
    for found in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", found))
            return found
    raise AssertionError("no port is free")
