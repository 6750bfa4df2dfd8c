"""A server that does something after a rename. Faults of several areas are subclasses."""

from __future__ import annotations

from .messages import Request, Response
from .model import Unit
from .operations import Operations


class AfterRename(Operations):
    """Calls `renamed` after each rename that changes the name of a unit."""

    def rename_unit(self, request: Request) -> Response:
        before = self.store.find(request.unit_id)
        response = super().rename_unit(request)
        after = self.store.find(request.unit_id)
        if before is not None and after is not None and after.name != before.name:
            self.renamed(after)
        return response

    def renamed(self, unit: Unit) -> None:
        """Note that a unit has a new name."""
        raise NotImplementedError
