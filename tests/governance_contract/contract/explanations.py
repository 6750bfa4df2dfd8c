"""Explanations of the rules, read from ``explanations.toml``: what is sent, what breaks a rule, an example."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from .rules import AREAS, CATALOGUE


@dataclass(frozen=True)
class Explanation:
    """The explanation of one rule."""

    sent: str
    """The requests that the rule's tests send."""
    broken: str
    """What counts as broken."""
    example: str
    """A server that breaks the rule."""
    check: str = ""
    """The end of the name of the rule's check in the extension of Schemathesis; empty if it has none."""


@cache
def explanations() -> Mapping[str, Explanation]:
    """Return the explanation of every rule by its id."""
    text = (files(__package__) / "explanations.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    areas = {name: entries.pop(name) for name in AREAS if name in entries}
    return {rule: Explanation(**areas.get(CATALOGUE[rule].area, {}) | entry) for rule, entry in entries.items()}
