"""Assembles a gateway from its parts. A fault or a variant replaces a part."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, TypeVar, cast, get_args

from .bodies import Bodies
from .conditional import Condition, Conditional
from .governance import Governance
from .model import Ids, Store, seed
from .operations import Operations
from .periods import Clock
from .pipeline import Pipeline
from .security import Security
from .settings import Credentials, Settings
from .views import Views
from .wire import Wire

Level = Literal["must", "should"]
Origin = Literal[
    "own",
    "blind-2",
    "blind-3",
    "blind-4",
    "blind-5",
    "blind-6",
    "blind-7",
    "blind-8",
    "blind-9",
    "blind-10",
    "blind-11",
    "blind-12",
]
"""The set of a fault."""
BLIND_SETS: tuple[Origin, ...] = get_args(Origin)[1:]
"""The sets that were written without sight of the checks, from the documentation of the API alone."""
RARE_SETS = BLIND_SETS[2:]
"""The blind sets whose faults only rare inputs or states show."""


@dataclass(frozen=True)
class Conformant:
    """An unusual server that conforms to the contract: a subclass of one part."""

    name: str
    part: type[Any]
    origin: Origin = "own"

    @property
    def description(self) -> str:
        """What the server does, in one sentence."""
        return _description(self.part)


@dataclass(frozen=True)
class Fault:
    """A server with one defect: a subclass of the part that is wrong.

    `proves` names the rules that this fault proves: each of them is red on it in a run of this rule with seed 1.
    """

    name: str
    level: Level
    part: type[Any]
    proves: tuple[str, ...] = ()
    origin: Origin = "own"
    condition: Condition | None = None
    """The requests that show the defect; None for all."""
    restricts: str = ""
    """The name of the fault that this one restricts to a condition; empty if it has none."""

    @property
    def area(self) -> str:
        """The area of the rules, which is the folder of the fault."""
        return self.part.__module__.split(".")[-2].upper()

    @property
    def description(self) -> str:
        """What the server does, in one sentence."""
        return _description(self.part)


def _description(part: type[Any]) -> str:
    return " ".join((part.__doc__ or "").split())


Method = Callable[..., Any]


def conformant(name: str, method: Method | None = None, *, origin: Origin = "own") -> Callable[[Any], Conformant]:
    """Make a conformant server, as `fault` makes a fault."""
    return lambda unusual: Conformant(name, _part(unusual, method), origin)


def fault(
    name: str,
    level: Level,
    method: Method | None = None,
    *,
    proves: tuple[str, ...] = (),
    origin: Origin = "own",
    description: str | None = None,
) -> Callable[[Any], Fault]:
    """Make a fault of a subclass of a part, or of a function that replaces one method of a part.

    The decorated name becomes the `Fault`: it is no longer a class or a function, and `Fault.part` is the subclass. The
    description of the fault is the docstring, unless one is given.
    """
    return lambda wrong: Fault(name, level, _part(wrong, method, description), proves, origin)


def on_condition(module: str, faults: Mapping[str, tuple[Fault, Condition]]) -> list[Fault]:
    """Make faults that restrict other faults to the requests that a condition concerns.

    `{"unit-renamed-later": (unit_renamed, LATER)}` makes one fault: a server that has the fault `unit_renamed` after
    five changes of a unit, and is correct before.

    Args:
        module: the module of the new faults, which decides their table.
        faults: by the name of each new fault, the other fault and the condition.
    """

    def restricted(name: str, fault: Fault, condition: Condition) -> Fault:
        words = f"{fault.description.removesuffix('.')}, but only {condition.words}."
        part = type(fault.part.__name__, (fault.part,), {"__doc__": words, "__module__": module})
        return Fault(name, fault.level, part, condition=condition, restricts=fault.name)

    return [restricted(name, fault, condition) for name, (fault, condition) in faults.items()]


def _part(given: Any, method: Method | None, description: str | None = None) -> type[Any]:
    """Return the given subclass, or a subclass of the part of a method with the given function in its place."""
    if method is None:
        return cast(type[Any], given)
    part = getattr(sys.modules[method.__module__], method.__qualname__.split(".")[0])
    members = {method.__name__: given, "__doc__": description or given.__doc__, "__module__": given.__module__}
    return type(given.__name__, (part,), members)


Kind = TypeVar("Kind", Conformant, Fault)


def collect(package: ModuleType, kind: type[Kind]) -> dict[str, Kind]:
    """Return the faults or the conformant servers of a package by their names, in the order of modules and lines.

    They are in variables of modules, alone or in lists. Raises ValueError if two have one name.
    """
    found: dict[str, Kind] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            for one in value if isinstance(value, list) else [value]:
                # Modules called `conditional` import faults of other modules.
                if isinstance(one, kind) and one.part.__module__ == module.name:
                    if one.name in found:
                        raise ValueError(f"two servers are called {one.name}")
                    found[one.name] = one
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


def assemble(
    settings: Settings,
    credentials: Credentials,
    *replacements: type[Any],
    conditional: Sequence[tuple[type[Any], Condition]] = (),
) -> Gateway:
    """Return a gateway with its demo records.

    A subclass of a part replaces this part. Several subclasses of one part become one class that inherits all.

    Args:
        settings: what the contract leaves open.
        credentials: the valid key, and keys of other APIs.
        replacements: subclasses of parts.
        conditional: further subclasses of parts, and the requests that they process. They cannot replace `Store`,
            `Clock` and `Wire`, which all requests share.
    """
    ids = Ids(settings)
    clock, store = _choose(Clock, replacements)(), _choose(Store, replacements)()
    unit_id, spare_id = seed(store, ids, clock.now(), teams=settings.teams)

    def assembled(parts: Sequence[type[Any]]) -> Pipeline:
        views = _choose(Views, parts)(settings)
        governance, bodies = _choose(Governance, parts)(settings, ids), _choose(Bodies, parts)(settings)
        operations = _choose(Operations, parts)(settings, store, bodies, governance, views, clock, ids)
        operations.demo_units = frozenset(unit.id for unit in store.units())
        return _choose(Pipeline, parts)(settings, _choose(Security, parts)(settings, credentials), operations, views)

    pipeline = assembled(replacements)
    for part, condition in conditional:
        pipeline = Conditional(pipeline, assembled([*replacements, part]), condition)
    team_id = next((team.id for team in store.teams() if team.unit_id is None), None)
    return Gateway(pipeline, _choose(Wire, replacements)(settings), settings, unit_id, spare_id, team_id)


def _choose(correct: type[Any], replacements: Sequence[type[Any]]) -> type[Any]:
    """Return the part, or the subclass that replaces it."""
    parts = tuple(part for part in replacements if issubclass(part, correct))
    return type(correct.__name__, parts, {}) if len(parts) > 1 else parts[0] if parts else correct
