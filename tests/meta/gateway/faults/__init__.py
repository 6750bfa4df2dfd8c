"""Servers with one fault each, by area. Each must be judged red, or be reported where only practice forbids it."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from ..assembly import Fault
from . import (
    align,
    auth,
    concurrency,
    create,
    detours,
    errors,
    field,
    fields,
    life,
    lists,
    names,
    partial,
    races,
    remove,
    respond,
    strict,
    third,
    transport,
    update,
    valid,
    values,
)

_MODULES: tuple[ModuleType, ...] = (
    auth, detours, update, fields, partial, remove, create, valid, values, strict, errors, respond, align, life, names,
    lists, concurrency, races, transport,
)  # fmt: skip


def _of(module: ModuleType) -> list[Fault]:
    """Return the faults that a module names, by themselves or in a tuple."""
    found: list[Fault] = []
    for value in vars(module).values():
        found += [entry for entry in (value if isinstance(value, tuple) else (value,)) if isinstance(entry, Fault)]
    return found


def _field() -> list[Fault]:
    sets = {"field": field, "third": third}
    return [
        replace(fault, name=f"{name}-{fault.name}")
        for name, package in sets.items()
        for module in package.MODULES
        for fault in _of(module)
    ]


_ALL = [fault for module in _MODULES for fault in _of(module)] + _field()
FAULTS: dict[str, Fault] = {fault.name: fault for fault in _ALL if fault.level != "conformant"}
UNUSUAL: dict[str, Fault] = {fault.name: fault for fault in _ALL if fault.level == "conformant"}
"""Conformant servers of the same making."""
