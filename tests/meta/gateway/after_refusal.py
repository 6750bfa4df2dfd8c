"""A server that does something after a refusal. Faults of several areas are subclasses."""

from __future__ import annotations

from .messages import Refusal, Request, Response
from .operations import Operations


class AfterRefusal(Operations):
    """Does something after it has refused an update of governance. A fault replaces `after_refusal`."""

    def update_governance(self, request: Request) -> Response:
        try:
            return super().update_governance(request)
        except Refusal as refusal:
            self.after_refusal(request, refusal)
            raise

    def after_refusal(self, request: Request, refusal: Refusal) -> None:
        """Do nothing."""
