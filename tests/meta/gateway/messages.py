"""Requests, responses and refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from typing import Any

Json = dict[str, Any]


@dataclass
class Request:
    """One complete request. The path does not include the base path."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes
    too_large: bool = False
    connection: dict[str, bool] = field(default_factory=dict)
    """State that a faulty server keeps for the connection."""
    operation: str | None = None
    """The operationId, set when the path and the method are known."""
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def unit_id(self) -> str:
        """The identifier in the path, decoded."""
        return self.parameters["id"]


@dataclass
class Response:
    """One response: the status, a JSON value (None sends no body) and additional headers."""

    status: int
    payload: Any
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Raised to refuse a request with a status. Nothing has changed."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
