"""Helpers of the error response faults."""

from __future__ import annotations

from ...messages import Refusal, Request, Response
from ...pipeline import Pipeline


class RefusalWith(Pipeline):
    """Answers with the status `instead` in place of `status`."""

    status = 0
    instead = 0

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if refusal.status == self.status:
            refusal = Refusal(self.instead, refusal.message, refusal.headers)
        return super().refused(request, refusal)
