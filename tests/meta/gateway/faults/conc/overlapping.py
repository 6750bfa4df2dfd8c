"""Servers in which requests overlap. The faults of this area are subclasses."""

from __future__ import annotations

import time
from typing import Any

from ...messages import Request, Response
from ...operations import Operations

PAUSE = 0.008
"""Seconds between a check and the write that follows it.

The faults of this area behave correctly if requests arrive one at a time. The pause makes sure that requests that are
sent together overlap, and is short enough for requests that are sent one after the other.
"""


class Busy(Operations):
    """Breaks on a request to one operation while another one runs."""

    operation = ""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.busy = False

    def run(self, request: Request) -> Response:
        if request.operation != self.operation:
            return super().run(request)
        if self.busy:
            raise RuntimeError("database is locked")
        self.busy = True
        try:
            time.sleep(PAUSE)
            return super().run(request)
        finally:
            self.busy = False


SLOW_WRITE_SECONDS = 0.05
"""Seconds that a slow write takes."""


class Unlocked(Operations):
    """Takes the lock for single steps instead of for the whole request."""

    def run(self, request: Request) -> Response:
        assert request.operation is not None
        return self.table[request.operation](request)
