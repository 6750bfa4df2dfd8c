"""The error of control, and its form on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ControlError(Exception):
    """A refused request: a status, why, and the place in the body as a JSON pointer."""

    def __init__(
        self, status: int, message: str, pointer: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Refuse with this HTTP status, and further headers of the response."""
        super().__init__(message)
        self.status, self.message, self.pointer, self.headers = status, message, pointer, headers or {}

    def body(self) -> dict[str, Any]:
        """Return the body of the response."""
        place = {} if self.pointer is None else {"pointer": self.pointer}
        return {"error": {"message": self.message, **place}}
