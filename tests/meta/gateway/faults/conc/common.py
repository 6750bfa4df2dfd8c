"""What several of the concurrency faults share."""

from __future__ import annotations

import time
from typing import Any

from ...messages import Request, Response
from ...operations import Operations

PAUSE = 0.02


class Busy(Operations):
    """Knows whether a request of one operation is under way."""

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


WHILE = 0.05
"""Seconds that a slow database takes."""


class Unlocked(Operations):
    """Operations that take the lock for each step instead of for all."""

    def run(self, request: Request) -> Response:
        assert request.operation is not None
        return self.table[request.operation](request)
