"""Operations that the checks could not use, in the form that reports show. Every text is redacted."""

from __future__ import annotations

from dataclasses import dataclass

from .records import RecordedExchange

KINDS = {"not-served": "not served", "refused": "refused", "broken": "broken", "left-out": "not used"}
"""The kinds, each with its label."""


def member_of(kind: str) -> str:
    """Return the member of the report that lists the operations of a kind."""
    return kind.replace("-", "_")


@dataclass(frozen=True)
class UnusableOperation:
    """An operation that the checks could not use."""

    operation: str
    """Its operationId."""
    kind: str
    """One of ``KINDS``. ``not-served``: 404 for the route, 405 or 501. ``refused``: 403 for the management key.
    ``broken``: any other response to a valid request. ``left-out``: nothing was sent, or the response is ambiguous."""
    reason: str
    exchange: RecordedExchange | None = None
    """The exchange that shows the reason; None if no request was sent."""
