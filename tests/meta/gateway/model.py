"""Immutable records, and a store with one lock."""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from .periods import DAY, period_start
from .settings import Settings


@dataclass(frozen=True)
class Budget:
    """A spending limit, in dollars."""

    id: str
    max_limit: float
    reset_duration: str
    calendar_aligned: bool
    last_reset: int
    current_usage: float
    created_at: int
    updated_at: int


@dataclass(frozen=True)
class Half:
    """One half of a rate limit: tokens or requests."""

    max_limit: int | None
    reset_duration: str | None
    current_usage: int
    last_reset: int


@dataclass(frozen=True)
class RateLimit:
    """Limits on tokens and on requests."""

    id: str
    token: Half
    request: Half
    created_at: int
    updated_at: int


@dataclass(frozen=True)
class Unit:
    """A business unit and its governance."""

    id: str
    name: str
    created_at: int
    updated_at: int
    budget: Budget | None = None
    rate_limit: RateLimit | None = None


@dataclass(frozen=True)
class Team:
    """A team and the unit that it belongs to."""

    id: str
    name: str
    unit_id: str | None = None


@dataclass(frozen=True)
class BudgetChange:
    """The budget fields that a body sets. None means that the field is absent."""

    max_limit: float | None = None
    reset_duration: str | None = None
    calendar_aligned: bool | None = None
    removes: bool = False


@dataclass(frozen=True)
class HalfChange:
    """The fields of one half that a body sets. None means that the field is absent."""

    max_limit: int | None = None
    reset_duration: str | None = None


@dataclass(frozen=True)
class RateLimitChange:
    """The rate limit fields that a body sets."""

    token: HalfChange = HalfChange()
    request: HalfChange = HalfChange()
    removes: bool = False


@dataclass(frozen=True)
class Change:
    """The components that a body changes. None means that the component is absent."""

    budget: BudgetChange | None = None
    rate_limit: RateLimitChange | None = None


class Ids:
    """New identifiers, in the style of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._style = settings.id_style
        self._numbers = itertools.count(1001)
        self._random = random.SystemRandom()

    def new(self) -> str:
        """Return an identifier that has not been returned before."""
        if self._style == "uuid":
            return str(uuid.uuid4())
        if self._style == "ulid":
            return "01" + "".join(self._random.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=24))
        number = next(self._numbers)
        return {"integer": f"{number}", "spaced": f"Größe {number} 東京", "reserved": f"{number}/a?b#c%20d&e+f"}[
            self._style
        ]

    def demo(self, plain: str) -> str:
        """Return the identifier of a demo record: `plain`, unless the style has its own."""
        return plain if self._style in ("uuid", "ulid") else self.new()


class Store:
    """Holds units and teams."""

    def __init__(self) -> None:
        self._units: dict[str, Unit] = {}
        self._teams: dict[str, Team] = {}
        self._lock = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock until the block ends."""
        with self._lock:
            yield

    def units(self) -> list[Unit]:
        """Return every unit, oldest first."""
        return list(self._units.values())

    def find(self, unit_id: str) -> Unit | None:
        """Return the unit, or None."""
        return self._units.get(unit_id)

    def save(self, unit: Unit) -> None:
        """Store this state of the unit."""
        self._units[unit.id] = unit

    def remove(self, unit_id: str) -> None:
        """Remove the unit."""
        del self._units[unit_id]

    def teams(self) -> list[Team]:
        """Return every team."""
        return list(self._teams.values())

    def find_team(self, team_id: str) -> Team | None:
        """Return the team, or None."""
        return self._teams.get(team_id)

    def save_team(self, team: Team) -> None:
        """Store this state of the team."""
        self._teams[team.id] = team


DEMO_UNITS = 4
"""The first units that ``seed`` saves; the units of branches follow."""
_BRANCHES = 20
"""Business units without governance, so that a page of the usual limit does not show all units."""


def seed(store: Store, ids: Ids, now: int, *, teams: bool) -> tuple[str, str]:
    """Fill the store with the demo records and return the ids of two units with usage."""
    then = now - 2 * DAY

    def budget(limit: float, period: str, usage: float) -> Budget:
        return Budget(
            id=ids.new(),
            max_limit=limit,
            reset_duration=period,
            calendar_aligned=False,
            last_reset=then,
            current_usage=usage,
            created_at=then,
            updated_at=then,
        )

    def rate_limit(tokens: int | None, requests: int | None, used: int) -> RateLimit:
        halves = [Half(most, "1M" if most else None, used if most else 0, then) for most in (tokens, requests)]
        return RateLimit(id=ids.new(), token=halves[0], request=halves[1], created_at=then, updated_at=then)

    month = period_start("1M", now)
    aligned = replace(budget(500.25, "1M", 123.45), calendar_aligned=True, last_reset=month)
    used = ids.demo("bu-usage")
    support = ids.demo("bu-support")
    for unit in (
        Unit(used, "Used", then, then, aligned, rate_limit(1_000_000, 5_000, 432)),
        Unit(support, "Support", then, then, budget(750.5, "1Y", 70.2)),
        Unit(ids.demo("bu-research"), "Research", then, then, None, rate_limit(None, 20_000, 31)),
        Unit(ids.demo("bu-legal"), "Legal & Compliance", then, then),
        *(Unit(ids.demo(f"bu-branch-{number}"), f"Branch {number}", then, then) for number in range(1, _BRANCHES + 1)),
    ):
        store.save(unit)
    if teams:
        store.save_team(Team(ids.demo("team-help-desk"), "Help Desk", support))
        store.save_team(Team(ids.demo("team-night-shift"), "Night Shift", used))
        for name in ("Alpha", "Beta", "Gamma", "Delta", "Epsilon"):
            store.save_team(Team(ids.demo(f"team-{name.lower()}"), name))
    return used, support
