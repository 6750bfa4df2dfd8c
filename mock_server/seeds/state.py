"""The whole state of a store, to write and to read at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mock_server.domain.model import BusinessUnit, Number, Team
from mock_server.store import Store, Transaction
from mock_server.store.interface import fill


@dataclass(frozen=True, slots=True)
class State:
    """Units and teams, and the rates of metered units: amounts for a minute, by kind, by unit."""

    units: Sequence[BusinessUnit] = ()
    teams: Sequence[Team] = ()
    rates: Mapping[str, Mapping[str, Number]] = field(default_factory=dict)


NewId = Callable[[], str]
SeedAt = Callable[[datetime, NewId], State]
"""Returns the state of the seed at a time; identifiers that the seed leaves out come from the second argument."""


def stored(store: Store) -> tuple[Sequence[BusinessUnit], Sequence[Team]]:
    """Return all units and teams of a store, in the order of creation."""

    def work(tx: Transaction) -> tuple[Sequence[BusinessUnit], Sequence[Team]]:
        return [entry.unit for entry in tx.page("", 0, None).entries], tx.all_teams()

    return store.run(work, reads_only=True)


def replace_stored(store: Store, units: Sequence[BusinessUnit], teams: Sequence[Team]) -> None:
    """Replace everything in a store, in one transaction."""

    def work(tx: Transaction) -> None:
        tx.clear()
        fill(tx, units, teams)

    store.run(work)
