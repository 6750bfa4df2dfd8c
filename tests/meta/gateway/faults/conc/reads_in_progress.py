"""Faults of reads that arrive while another read is in progress."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import Any

from ...assembly import fault
from ...messages import Request, Response
from ...pipeline import Pipeline


@fault("subtle-same-reads-share-response", "must", origin="blind-12")
class SameReadsShareResponse(Pipeline):
    """A read that arrives during the same read gets its response, whatever credential it carries."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._running: dict[str, Future[Response]] = {}
        self._guard = threading.Lock()

    def answer(self, request: Request) -> Response:
        if request.method != "GET":
            return super().answer(request)
        address, own = f"{request.path}?{request.query}", Future[Response]()
        with self._guard:
            running = self._running.setdefault(address, own)
        if running is own:
            return self.lead(request, address, own)
        shared = running.result()
        return shared if shared.status == 200 else super().answer(request)

    def lead(self, request: Request, address: str, own: Future[Response]) -> Response:
        """Wait for others that read the same, then respond to all."""
        time.sleep(0.003)
        with self._guard:
            del self._running[address]
        response = super().answer(request)
        own.set_result(response)
        return response
