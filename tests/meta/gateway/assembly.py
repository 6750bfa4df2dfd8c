"""Assembles a gateway from its parts. A fault replaces one part."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from .bodies import Bodies
from .governance import Governance
from .model import Ids, Store, seed
from .operations import Operations
from .periods import Clock
from .pipeline import Pipeline
from .security import Security
from .settings import Credentials, Settings
from .views import Views
from .wire import Wire

Level = Literal["must", "should", "conformant"]
Origin = Literal["own", "blind-2", "blind-3", "blind-4"]
"""The author of a fault. The authors of blind-2 to blind-4 knew the documentation of the API and not the checks."""


@dataclass(frozen=True)
class Fault:
    """A server with one defect: a subclass of the part that is wrong.

    A fault of level *conformant* has no defect; it is an unusual but conformant server. `proves` names the rules that
    this fault proves: each of them is red on it in a run of this rule with seed 1.
    """

    name: str
    area: str
    level: Level
    part: type[Any]
    proves: tuple[str, ...] = ()
    origin: Origin = "own"

    @property
    def description(self) -> str:
        """What the server does, in one sentence."""
        return " ".join((self.part.__doc__ or "").split())


def fault(
    name: str, area: str, level: Level, *, proves: tuple[str, ...] = (), origin: Origin = "own"
) -> Callable[[type[Any]], Fault]:
    """Make a fault of a subclass of a part; its docstring becomes the description."""
    return lambda part: Fault(name, area, level, part, proves, origin)


def collect(package: ModuleType) -> dict[str, Fault]:
    """Return the faults that the modules of a package define, in the order of modules and lines.

    Raises ValueError if two of them have one name.
    """
    found: dict[str, Fault] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Fault):
                if value.name in found:
                    raise ValueError(f"two faults are called {value.name}")
                found[value.name] = value
    return found


@dataclass(frozen=True)
class Gateway:
    """The parts of a server: pipeline, wire, settings, and the ids of two units and of a team without a unit."""

    pipeline: Pipeline
    wire: Wire
    settings: Settings
    unit_id: str
    spare_id: str
    team_id: str | None


def assemble(settings: Settings, credentials: Credentials, replacement: Fault | None = None) -> Gateway:
    """Return a gateway with its demo records."""
    part = replacement.part if replacement else object

    def choose(correct: type[Any]) -> type[Any]:
        return part if issubclass(part, correct) else correct

    ids, clock, store = Ids(settings), Clock(), choose(Store)()
    views = choose(Views)(settings)
    governance = choose(Governance)(settings, ids)
    operations = choose(Operations)(settings, store, choose(Bodies)(settings), governance, views, clock, ids)
    unit_id, spare_id = seed(store, ids, clock.now(), teams=settings.teams)
    operations.demo_units = frozenset(unit.id for unit in store.units()) - {unit_id, spare_id}
    pipeline = choose(Pipeline)(settings, choose(Security)(settings, credentials), operations, views)
    team_id = next((team.id for team in store.teams() if team.unit_id is None), None)
    return Gateway(pipeline, choose(Wire)(settings), settings, unit_id, spare_id, team_id)
