"""Operations of a target that the checks could not use, as reports show them. Every text is redacted."""

from __future__ import annotations

from dataclasses import dataclass

from .records import RecordedExchange

KINDS = ("not-served", "refused", "broken", "left-out")


@dataclass(frozen=True)
class UnusableOperation:
    """An operation that the checks could not use."""

    operation: str
    """Its operationId."""
    kind: str
    """One of ``KINDS``. ``not-served``: 404 for the route, 405 or 501. ``refused``: 403 for the management key.
    ``broken``: any other answer to a valid request. ``left-out``: nothing was sent, or the answer shows nothing."""
    reason: str
    exchange: RecordedExchange | None = None
    """The request and the response that show it; None where nothing was sent."""
