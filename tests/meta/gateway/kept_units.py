"""A server that keeps deleted units. Faults of several areas are subclasses."""

from __future__ import annotations

from typing import Any

from .messages import Request, Response
from .model import Unit
from .operations import Operations


class KeptUnits(Operations):
    """Keeps deleted units in `deleted`. A fault decides where they are still shown."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.deleted: dict[str, Unit] = {}

    def delete_unit(self, request: Request) -> Response:
        unit = self.unit(request, self.clock.now())
        response = super().delete_unit(request)
        self.deleted[unit.id] = unit
        return response
