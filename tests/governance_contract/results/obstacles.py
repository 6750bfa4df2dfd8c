"""Operations of a target that the checks could not use, as reports show them. Every text is redacted."""

from __future__ import annotations

from dataclasses import dataclass

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
    request: str | None = None
    """Method, URL and body; None where nothing was sent."""
    status: int | None = None
    """None where there was no answer."""
    answer: str | None = None
    """The body of the response, cut."""
    curl: str | None = None
    """A command that sends the request again."""
