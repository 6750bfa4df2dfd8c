"""The expected state of several business units after a whole sequence of operations, without a look at the target.

The model holds existence, names and settings, because a client cannot set usage and timestamps. It covers complete
components only; other rules test incomplete components, whose meaning the contract partly leaves open.

`update_effects` is not used here: it starts from what the target showed before one update, so it accepts a target that
loses an earlier update without a trace. This model does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..contract.components import COMPONENTS

Settings = dict[str, Any]


@dataclass
class UnitModel:
    """The expected state of one business unit. ``governance`` maps each component to its settings, or to None."""

    name: str
    governance: dict[str, Settings | None] = field(default_factory=lambda: dict.fromkeys(COMPONENTS))
    renamed: bool = False
    """Whether a rename was tried. The name is unknown then, because the published contract has no rename."""

    @property
    def has_governance(self) -> bool:
        """Whether the unit has a budget or a rate limit."""
        return any(self.governance.values())

    def update(self, body: Mapping[str, Mapping[str, Any]]) -> None:
        """Apply an update or a creation of governance. Each component is complete, or empty to remove it."""
        for component, settings in body.items():
            self.governance[component] = dict(settings) or None

    def remove_governance(self) -> None:
        """Apply a deletion of governance."""
        self.governance = dict.fromkeys(COMPONENTS)


class Model:
    """The business units that should exist, by label."""

    def __init__(self) -> None:
        """Start without units."""
        self._units: dict[str, UnitModel] = {}
        self._created = 0
        self.home: str | None = None
        """The label of the unit that the team belongs to, if any."""

    def __getitem__(self, label: str) -> UnitModel:
        """Return a unit that should exist."""
        return self._units[label]

    def __contains__(self, label: object) -> bool:
        """Whether a unit should exist."""
        return label in self._units

    @property
    def labels(self) -> list[str]:
        """The labels of the units that should exist, oldest first."""
        return list(self._units)

    def create(self, name: str) -> str:
        """Add a unit without governance, and return its label."""
        self._created += 1
        label = f"unit {self._created}"
        self._units[label] = UnitModel(name)
        return label

    def delete(self, label: str) -> None:
        """Remove a unit. A team in it belongs to no unit then."""
        del self._units[label]
        if self.home == label:
            self.home = None
