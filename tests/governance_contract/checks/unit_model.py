"""What the contract says that a business unit is like after a sequence of operations, in plain dictionaries.

Names, existence and settings only: usage and timestamps are not the client's to set. The model follows complete
settings; what an incomplete component means is partly left open and judged by rules of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..target.business_units import COMPONENTS

Settings = dict[str, Any]


@dataclass
class UnitModel:
    """One business unit: its name, and the settings of each component, None where it has none."""

    name: str
    governance: dict[str, Settings | None] = field(default_factory=lambda: dict.fromkeys(COMPONENTS))
    renamed: bool = False
    """Whether a rename was tried: the published contract has none, so that the name is nobody's promise then."""

    @property
    def governed(self) -> bool:
        """Whether the unit has a budget or a rate limit."""
        return any(self.governance.values())

    def update(self, body: Mapping[str, Mapping[str, Any]]) -> None:
        """Take in an update or a creation of governance: each component is complete, or empty to remove it."""
        for name, given in body.items():
            self.governance[name] = dict(given) or None

    def remove_governance(self) -> None:
        """Take in a deletion of governance."""
        self.governance = dict.fromkeys(COMPONENTS)


class Model:
    """The business units that exist, by a label of the caller's."""

    def __init__(self) -> None:
        """Start without any unit."""
        self._units: dict[str, UnitModel] = {}
        self._created = 0
        self.home: str | None = None
        """The unit that the team is in, where there is a team to move about."""

    def __getitem__(self, label: str) -> UnitModel:
        """Return a unit that exists."""
        return self._units[label]

    def __contains__(self, label: object) -> bool:
        """Whether a unit exists."""
        return label in self._units

    @property
    def labels(self) -> list[str]:
        """The units that exist, the oldest first."""
        return list(self._units)

    def create(self, name: str) -> str:
        """Add a unit without governance, and return its label."""
        self._created += 1
        label = f"unit {self._created}"
        self._units[label] = UnitModel(name)
        return label

    def delete(self, label: str) -> None:
        """Remove a unit; a team in it has none then."""
        del self._units[label]
        if self.home == label:
            self.home = None
