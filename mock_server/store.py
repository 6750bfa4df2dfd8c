"""The store of business units and teams.

A transaction sees one consistent state. Its writes are stored together when it ends, or not at all if it ends with an
exception. Entities are immutable, so what a transaction read does not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from types import TracebackType
from typing import Protocol

from mock_server.governance import BusinessUnit, Team


class Transaction(Protocol):
    """What an operation can do with the state. Sequences are in the order of creation."""

    def unit(self, unit_id: str) -> BusinessUnit | None:
        """The business unit with this identifier."""

    def unit_named(self, name: str) -> BusinessUnit | None:
        """The business unit with exactly this name."""

    def units(self) -> Sequence[BusinessUnit]:
        """All business units."""

    def put_unit(self, unit: BusinessUnit) -> None:
        """Store a business unit, new or changed."""

    def delete_unit(self, unit_id: str) -> None:
        """Remove a business unit that exists."""

    def team(self, team_id: str) -> Team | None:
        """The team with this identifier."""

    def teams(self) -> Sequence[Team]:
        """All teams."""

    def put_team(self, team: Team) -> None:
        """Store a team, new or changed."""


class Store(Protocol):
    """Keeps the state between requests. Safe for use by several threads."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Start a transaction. Transactions run one after the other."""


class MemoryStore:
    """Keeps the state in the memory of this process."""

    def __init__(self, units: Iterable[BusinessUnit] = (), teams: Iterable[Team] = ()) -> None:
        """Start with these units and teams."""
        self._lock = Lock()
        self._units = {unit.id: unit for unit in units}
        self._teams = {team.id: team for team in teams}

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Start a transaction. Other threads wait until it ends."""
        return _MemoryTransaction(self._lock, self._units, self._teams)


class _MemoryTransaction:
    """Holds the lock from entry to exit. Writes are kept aside and applied on exit."""

    __slots__ = ("_lock", "_stored_teams", "_stored_units", "_teams", "_units")

    def __init__(self, lock: Lock, units: dict[str, BusinessUnit], teams: dict[str, Team]) -> None:
        self._lock = lock
        self._stored_units = units
        self._stored_teams = teams
        self._units: dict[str, BusinessUnit | None] = {}
        self._teams: dict[str, Team] = {}

    def __enter__(self) -> _MemoryTransaction:
        self._lock.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._commit()
        finally:
            self._lock.release()

    def _commit(self) -> None:
        for unit_id, unit in self._units.items():
            if unit is None:
                self._stored_units.pop(unit_id, None)
            else:
                self._stored_units[unit_id] = unit
        self._stored_teams.update(self._teams)

    def unit(self, unit_id: str) -> BusinessUnit | None:
        return self._units[unit_id] if unit_id in self._units else self._stored_units.get(unit_id)

    def unit_named(self, name: str) -> BusinessUnit | None:
        return next((unit for unit in self.units() if unit.name == name), None)

    def units(self) -> Sequence[BusinessUnit]:
        return [unit for unit in (self._stored_units | self._units).values() if unit is not None]

    def put_unit(self, unit: BusinessUnit) -> None:
        self._units[unit.id] = unit

    def delete_unit(self, unit_id: str) -> None:
        self._units[unit_id] = None

    def team(self, team_id: str) -> Team | None:
        return self._teams.get(team_id) or self._stored_teams.get(team_id)

    def teams(self) -> Sequence[Team]:
        return list((self._stored_teams | self._teams).values())

    def put_team(self, team: Team) -> None:
        self._teams[team.id] = team
