"""Puts a gateway together out of its parts; a fault takes the place of one of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Fault:
    """A server with one defect: a subclass of the part that is wrong; of level conformant, one that is only unusual."""

    name: str
    area: str
    level: Level
    description: str
    part: type[Any]


def fault(area: str, level: Level) -> Callable[[type[Any]], Fault]:
    """Make a fault of a subclass of a part: the name from the class, the description from its docstring."""

    def decorate(part: type[Any]) -> Fault:
        name = re.sub("(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z0-9])(?=[A-Z])", "-", part.__name__).lower()
        return Fault(name, area, level, (part.__doc__ or "").strip(), part)

    return decorate


@dataclass(frozen=True)
class Gateway:
    """The parts that a server needs: what answers, what writes, the named units and the team to assign."""

    pipeline: Pipeline
    wire: Wire
    settings: Settings
    unit_id: str
    spare_id: str
    team_id: str | None


def assemble(settings: Settings, credentials: Credentials, defect: Fault | None = None) -> Gateway:
    """Return a gateway with its demo records."""
    part = defect.part if defect else object

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
