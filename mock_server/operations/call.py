"""The call that each operation receives, and what several operations share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_server.domain.model import BusinessUnit, ChangeContext, Team, current
from mock_server.problems import Problem
from mock_server.store import Transaction


@dataclass(frozen=True, slots=True)
class Call:
    """A valid request: decoded query and body, inside one transaction."""

    query: Mapping[str, Any]
    body: Any
    tx: Transaction
    context: ChangeContext
    message: str
    """What the contract's example of a success says, for the responses that have a message."""


def existing_unit(call: Call, unit_id: str) -> BusinessUnit:
    """Return the unit as it is now; raises a 404 Problem if it does not exist."""
    unit = call.tx.unit(unit_id)
    if unit is None:
        raise Problem(HTTPStatus.NOT_FOUND)
    return current(unit, call.context.now)


def bounds(query: Mapping[str, Any]) -> tuple[int, int | None]:
    """Return the offset and the length of the requested page. The first page is 1.

    Without a limit, and without a default in the contract, all entries are on the first page and the length is None.
    """
    page, limit = query.get("page", 1), query.get("limit")
    if page < 1 or (limit is None and page > 1):
        return 0, 0
    return (0, None) if limit is None else ((page - 1) * max(limit, 0), max(limit, 0))


def page_members(query: Mapping[str, Any], total: int) -> dict[str, int]:
    """Return total, page and limit, as each list shows them."""
    return {"total": total, "page": query.get("page", 1), "limit": query.get("limit", total)}


def page_of_teams(teams: Sequence[Team], query: Mapping[str, Any]) -> tuple[Sequence[Team], int]:
    """Return the teams on the requested page, and how many match."""
    search = query.get("search", "").casefold()
    matching = [team for team in teams if search in team.name.casefold()]
    offset, limit = bounds(query)
    return matching[offset : None if limit is None else offset + limit], len(matching)
