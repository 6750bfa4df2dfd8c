"""The team that the user named with ``--team``: one place to assign it, list it and remove it."""

from __future__ import annotations

import uuid
from typing import Any

from ..contract.operation_ids import ASSIGN_TEAM, LIST_TEAMS, REMOVE_TEAM
from ..target.connections import Connections
from ..target.errors import Blocked, NotApplicable
from ..target.exchange import Exchange
from ..target.unit import Unit
from . import expect
from .generation import current_generation, derived_seed
from .run_protocol import Run
from .violation import Violation


class Team:
    """A team that tests assign to business units. ``release`` removes it from all of them."""

    def __init__(self, run: Run) -> None:
        """Use the team that the user named."""
        self._target = run.target
        self.id = run.team
        self._assigned: dict[str, Unit] = {}

    def assign(self, unit: Unit, team_id: str | None = None, *, over: Connections | None = None) -> Exchange:
        """Assign the team, or another one, to a unit."""
        self._assigned[unit.id] = unit
        body = {"team_id": team_id or self.id}
        exchange = self._target.call(ASSIGN_TEAM, body, path=unit.path, over=over)
        if exchange.ok and team_id is None:
            self._target.knowledge.assigned_teams.add(self.id)
        return exchange

    def assign_or_block(self, unit: Unit) -> None:
        """Assign the team to a unit as a starting state. Skips the running test if the target has lost the team.

        Raises:
            Blocked: the target refuses.
        """
        exchange = self.assign(unit)
        lost = exchange.meaning in (404, 409) and self.id in self._target.knowledge.assigned_teams
        if lost and unit.fetch().ok:
            why = "which could be assigned before, see the rules LIFE about teams"
            raise NotApplicable(f"the target has lost the team {self.id!r} ({exchange.outcome}), {why}")
        if not exchange.ok:
            raise Blocked(f"the team {self.id!r} cannot be assigned ({exchange.outcome})", exchange)

    def ensure_assigned(self, unit: Unit) -> None:
        """Assign the team to a unit as a starting state, and check that it is listed there.

        Raises:
            Blocked: the target refuses, or does not list the team.
        """
        self.assign_or_block(unit)
        listing, ids = self.list_teams(unit)
        if self.id not in ids:
            raise Blocked(f"the assigned team {self.id!r} is not listed with its business unit", listing)

    def list_teams(self, unit: Unit, **query: Any) -> tuple[Exchange, list[Any]]:
        """List the teams of a unit. Return the exchange and the identifiers in it."""
        query = {**self._target.contract.pages(LIST_TEAMS).first(), **query}
        listing = self._target.call(LIST_TEAMS, path=unit.path, query=query)
        return listing, [entry.get("id") for entry in listing.entries("teams")]

    def expect_listed(self, unit: Unit, *, listed: bool = True) -> Exchange:
        """Expect that a unit has only this team, or no team. Return the exchange."""
        exchange, teams = self.list_teams(unit)
        expect.succeeded(exchange)
        wanted = [self.id] if listed else []
        if teams != wanted:
            raise Violation(f"the teams {wanted}", str(teams), exchange)
        return exchange

    def remove(self, unit: Unit, team_id: str | None = None) -> Exchange:
        """Remove the team, or another one, from a unit."""
        path = {**unit.path, "team_id": team_id or self.id}
        exchange = self._target.call(REMOVE_TEAM, path=path)
        if exchange.ok and team_id is None:
            self._assigned.pop(unit.id, None)
        return exchange

    def release(self) -> None:
        """Remove the team from every unit that it may still be in."""
        while self._assigned:
            self.remove(self._assigned.popitem()[1])

    def unknown_id(self) -> str:
        """Return an identifier that no team has, in the form of the identifier of this one."""
        number = derived_seed(current_generation().seed, "an unknown team")
        return str(number) if self.id.isdecimal() else str(uuid.UUID(int=number, version=4))
