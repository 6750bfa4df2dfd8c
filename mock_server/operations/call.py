"""The call that each operation receives, and what several operations share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

from mock_server.governance import BusinessUnit, Change, current
from mock_server.problems import Problem
from mock_server.store import Transaction


class Named(Protocol):
    """Something with a name."""

    @property
    def name(self) -> str:
        """The name."""


NamedT = TypeVar("NamedT", bound=Named)


@dataclass(frozen=True, slots=True)
class Call:
    """A valid request: decoded query and body, inside one transaction."""

    query: Mapping[str, Any]
    body: Any
    tx: Transaction
    change: Change


def existing_unit(call: Call, unit_id: str) -> BusinessUnit:
    """Return the unit as it is now; raises a 404 Problem if it does not exist."""
    unit = call.tx.unit(unit_id)
    if unit is None:
        raise Problem(HTTPStatus.NOT_FOUND, "Business unit not found")
    return current(unit, call.change.now)


def page_of(entries: Sequence[NamedT], query: Mapping[str, Any]) -> tuple[Sequence[NamedT], dict[str, int]]:
    """Return the entries on the requested page, with total, page and limit. The first page is 1.

    Without a limit, and without a default in the contract, all entries are on the first page.
    """
    page, search = query.get("page", 1), query.get("search", "").casefold()
    if search:
        entries = [entry for entry in entries if search in entry.name.casefold()]
    limit = query.get("limit", len(entries))
    start = (page - 1) * limit
    shown = entries[start : start + limit] if page >= 1 and limit > 0 else []
    return shown, {"total": len(entries), "page": page, "limit": limit}
