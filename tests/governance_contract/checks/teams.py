"""The team that the user named, to be assigned to business units of our own."""

from __future__ import annotations

import uuid
from typing import Any

from ..target.business_units import Blocked, Unit
from ..target.exchange import Exchange
from ..target.target import Target
from . import expect
from .expect import Violation
from .search import current, derived


class Team:
    """The team that the user named: assigned to own units, and unassigned again in the end."""

    def __init__(self, target: Target, team_id: str) -> None:
        """Work with a team that belongs to no unit."""
        self._target = target
        self.id = team_id
        self._assigned: dict[str, Unit] = {}

    def assign(self, unit: Unit, team_id: str | None = None) -> Exchange:
        """Assign the team, or another one, to a unit."""
        self._assigned[unit.id] = unit
        return self._target.call("assignTeamToBusinessUnit", {"team_id": team_id or self.id}, path=unit.path)

    def settle(self, unit: Unit) -> None:
        """Bring the team into a unit.

        Raises:
            Blocked: the target refuses, or does not list it there.
        """
        exchange = self.assign(unit)
        if not exchange.ok:
            raise Blocked(f"the team {self.id!r} cannot be assigned ({exchange.outcome})", exchange)
        listing, ids = self.list_of(unit)
        if ids != [self.id]:
            raise Blocked(f"the assigned team {self.id!r} is not listed with its business unit", listing)

    def list_of(self, unit: Unit) -> tuple[Exchange, list[Any]]:
        """List the teams of a unit; return the answer and the ids in it."""
        listing = self._target.call("listBusinessUnitTeams", path=unit.path)
        return listing, [entry.get("id") for entry in listing.entries("teams")]

    def is_listed(self, unit: Unit, *, listed: bool = True) -> Exchange:
        """Expect that a unit's teams are this one, or none, and return where they are listed."""
        exchange, teams = self.list_of(unit)
        expect.succeeded(exchange)
        wanted = [self.id] if listed else []
        if teams != wanted:
            raise Violation(f"the teams {wanted}", str(teams), exchange)
        return exchange

    def remove(self, unit: Unit, team_id: str | None = None) -> Exchange:
        """Remove the team, or another one, from a unit."""
        path = {**unit.path, "team_id": team_id or self.id}
        return self._target.call("removeTeamFromBusinessUnit", path=path)

    def release(self) -> None:
        """Remove the team from every unit that it was assigned to; one without it is fine."""
        while self._assigned:
            self.remove(self._assigned.popitem()[1])

    def unknown_id(self) -> str:
        """Return an id that no team has, in the style of the known one."""
        number = derived(current().seed, "an unknown team")
        return str(number) if self.id.isdecimal() else str(uuid.UUID(int=number, version=4))
