"""What the mock asks of a store. All stores behave alike; the tests of the store run on each one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from mock_server.domain.model import BusinessUnit, Team

T = TypeVar("T")


Seed = Callable[[], tuple[Sequence[BusinessUnit], Sequence[Team]]]
"""Returns the units and teams of a new store."""


class StoreError(Exception):
    """The store cannot do its work now, for example because its server is down; the message says why in one line."""


class CountedUnit(NamedTuple):
    """A business unit, and how many teams it has."""

    unit: BusinessUnit
    team_count: int


class Page(NamedTuple):
    """Some of the business units that match, and the number of all that match."""

    entries: Sequence[CountedUnit]
    total: int


class Transaction(Protocol):
    """What an operation can do with the state. Sequences are in the order of creation.

    A unit or a team that a writing transaction has read with `unit` or `team` does not change before the transaction
    ends.
    """

    def unit(self, unit_id: str) -> BusinessUnit | None:
        """The business unit with this identifier."""

    def entry(self, unit_id: str) -> CountedUnit | None:
        """The business unit with this identifier, with the number of its teams."""

    def page(self, search: str, offset: int, limit: int | None) -> Page:
        """The units whose name contains a text in any case, from an offset.

        Without a text, the cost does not depend on the offset.
        """

    def is_taken(self, name: str) -> bool:
        """Whether a business unit has exactly this name."""

    def add_unit(self, unit: BusinessUnit) -> None:
        """Store a new business unit, as the last one."""

    def update_unit(self, unit: BusinessUnit) -> None:
        """Store a business unit that the transaction has read and changed."""

    def delete_unit(self, unit_id: str) -> None:
        """Remove a business unit that exists."""

    def team(self, team_id: str) -> Team | None:
        """The team with this identifier."""

    def teams_of(self, unit_id: str) -> Sequence[Team]:
        """The teams of a business unit."""

    def put_team(self, team: Team) -> None:
        """Store a team, new or changed."""

    def all_teams(self) -> Sequence[Team]:
        """All teams, those without a unit included."""

    def delete_team(self, team_id: str) -> None:
        """Remove a team that exists."""

    def clear(self) -> None:
        """Remove all units and teams."""


def fill(tx: Transaction, units: Iterable[BusinessUnit], teams: Iterable[Team]) -> None:
    """Add units and teams in their order."""
    for unit in units:
        tx.add_unit(unit)
    for team in teams:
        tx.put_team(team)


class Store(Protocol):
    """Keeps the state between requests. Safe for use by several threads."""

    waits: bool
    """Whether a transaction may wait for a disk, a lock or a network."""
    kind: str
    """How control calls the store: memory, file or database."""

    def run(self, work: Callable[[Transaction], T], *, reads_only: bool = False) -> T:
        """Run a function in one transaction and return its result.

        The transaction sees one consistent state. Its writes are stored together before this method returns, or not at
        all if the function raises an exception. The function is called again if another transaction changed the
        same data, so it must have no other effect.

        Raises:
            StoreError: the store cannot do its work now.
        """

    def close(self) -> None:
        """Release files and connections. A later transaction opens them again."""
