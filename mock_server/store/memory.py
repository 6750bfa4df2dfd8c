"""The store in the memory of one process."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import TypeVar

from mock_server.domain.model import BusinessUnit, Team
from mock_server.store.interface import CountedUnit, Page, Transaction

T = TypeVar("T")


class MemoryStore:
    """Keeps the state in the memory of this process. Transactions run one after the other."""

    waits = False
    kind = "memory"

    def __init__(self, units: Iterable[BusinessUnit] = (), teams: Iterable[Team] = ()) -> None:
        """Start with these units and teams."""
        self._lock = Lock()
        self._state = _State()
        for unit in units:
            self._state.insert(unit)
        for team in teams:
            self._state.put_team(team)

    def run(self, work: Callable[[Transaction], T], *, reads_only: bool = False) -> T:
        """Run a function in one transaction. Other threads wait until it ends."""
        with self._lock:
            transaction = _MemoryTransaction(self._state)
            try:
                return work(transaction)
            except BaseException:
                transaction.undo()
                raise

    def close(self) -> None:
        """Nothing to release."""


class _State:
    """Units and teams with indexes. Only a search visits all units, and only the teams of a unit all teams."""

    def __init__(self) -> None:
        self.units: dict[str, BusinessUnit] = {}
        self.names: dict[str, str] = {}
        self.order: list[str] = []
        """Identifiers in the order of creation, for pages."""
        self.numbers: dict[str, int] = {}
        self.last_number = 0
        self.teams: dict[str, Team] = {}
        self.members: dict[str, set[str]] = {}
        """Identifiers of the teams of each unit that has any."""

    def insert(self, unit: BusinessUnit, number: int | None = None) -> None:
        """Add a unit as the last one, or where its former number belongs."""
        if number is None:
            number = self.last_number = self.last_number + 1
            self.order.append(unit.id)
        else:
            self.order.insert(self._index(number), unit.id)
        self.numbers[unit.id] = number
        self.units[unit.id] = unit
        self.names[unit.name] = unit.id

    def replace(self, unit: BusinessUnit) -> None:
        old = self.units[unit.id]
        if old.name != unit.name:
            del self.names[old.name]
            self.names[unit.name] = unit.id
        self.units[unit.id] = unit

    def remove(self, unit_id: str) -> None:
        del self.order[self._index(self.numbers.pop(unit_id), unit_id)]
        del self.names[self.units.pop(unit_id).name]

    def _index(self, number: int, removed: str = "") -> int:
        """Return the place of a number. Identifiers have no number while they are removed."""
        return bisect_left(
            self.order, number, key=lambda unit_id: number if unit_id == removed else self.numbers[unit_id]
        )

    def put_team(self, team: Team) -> None:
        old = self.teams.get(team.id)
        if old is not None and old.unit_id is not None:
            self.members[old.unit_id].discard(team.id)
        self.teams[team.id] = team
        if team.unit_id is not None:
            self.members.setdefault(team.unit_id, set()).add(team.id)

    def put_team_back(self, team: Team, order: Iterable[str]) -> None:
        """Add a team where it was among the identifiers of all teams."""
        self.put_team(team)
        self.teams = {team_id: self.teams[team_id] for team_id in order}

    def remove_team(self, team_id: str) -> None:
        team = self.teams.pop(team_id)
        if team.unit_id is not None:
            self.members[team.unit_id].discard(team_id)


class _MemoryTransaction:
    """Writes at once, since nobody else can read, and keeps what is needed to take the writes back."""

    __slots__ = ("_state", "_undo")

    def __init__(self, state: _State) -> None:
        self._state = state
        self._undo: list[Callable[[], None]] = []

    def undo(self) -> None:
        for take_back in reversed(self._undo):
            take_back()

    def unit(self, unit_id: str) -> BusinessUnit | None:
        return self._state.units.get(unit_id)

    def entry(self, unit_id: str) -> CountedUnit | None:
        unit = self._state.units.get(unit_id)
        return None if unit is None else self._entry(unit)

    def _entry(self, unit: BusinessUnit) -> CountedUnit:
        return CountedUnit(unit, len(self._state.members.get(unit.id, ())))

    def page(self, search: str, offset: int, limit: int | None) -> Page:
        units, ids = self._state.units, self._state.order
        if search:
            text = search.casefold()
            ids = [unit_id for unit_id in ids if text in units[unit_id].name.casefold()]
        shown = ids[offset : None if limit is None else offset + limit]
        return Page([self._entry(units[unit_id]) for unit_id in shown], len(ids))

    def is_taken(self, name: str) -> bool:
        return name in self._state.names

    def add_unit(self, unit: BusinessUnit) -> None:
        self._state.insert(unit)
        self._undo.append(lambda: self._state.remove(unit.id))

    def update_unit(self, unit: BusinessUnit) -> None:
        old = self._state.units[unit.id]
        self._state.replace(unit)
        self._undo.append(lambda: self._state.replace(old))

    def delete_unit(self, unit_id: str) -> None:
        old, number = self._state.units[unit_id], self._state.numbers[unit_id]
        self._state.remove(unit_id)
        self._undo.append(lambda: self._state.insert(old, number))

    def team(self, team_id: str) -> Team | None:
        return self._state.teams.get(team_id)

    def teams_of(self, unit_id: str) -> Sequence[Team]:
        members = self._state.members.get(unit_id)
        if not members:
            return ()
        return [team for team in self._state.teams.values() if team.id in members]

    def put_team(self, team: Team) -> None:
        old = self._state.teams.get(team.id)
        self._state.put_team(team)
        if old is None:
            self._undo.append(lambda: self._state.remove_team(team.id))
        else:
            self._undo.append(lambda: self._state.put_team(old))

    def all_teams(self) -> Sequence[Team]:
        return list(self._state.teams.values())

    def delete_team(self, team_id: str) -> None:
        old, order = self._state.teams[team_id], list(self._state.teams)
        self._state.remove_team(team_id)
        self._undo.append(lambda: self._state.put_team_back(old, order))

    def clear(self) -> None:
        old = self._state.__dict__.copy()
        self._state.__dict__.update(_State().__dict__)
        self._undo.append(lambda: self._state.__dict__.update(old))
