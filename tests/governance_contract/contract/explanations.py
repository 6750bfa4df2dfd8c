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
    """Return the explanation of every rule by its id.

    Raises:
        ValueError: an explanation lacks a text.
    """
    text = (files(__package__) / "explanations.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    areas = {name: entries.pop(name) for name in AREAS if name in entries}
    complete = {rule: areas.get(CATALOGUE[rule].area, {}) | entry for rule, entry in entries.items()}
    for rule, texts in complete.items():
        if missing := {"sent", "broken", "example"} - texts.keys():
            raise ValueError(f"explanations.toml has no {rule}.{min(missing)}")
    return {rule: Explanation(**texts) for rule, texts in complete.items()}
