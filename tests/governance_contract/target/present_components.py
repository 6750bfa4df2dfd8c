"""Which components each business unit has, so that a refused update breaks the right rule.

The published contract does not say whether an update can set a component that the unit does not have, or remove it.
Only SHOULD rules say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..contract.components import COMPONENTS


class _Absent(NamedTuple):
    """An absent component that an update names."""

    name: str
    """Empty if the update names no component, and the unit has none."""
    action: str
    """What the update does: ``set`` or ``remove``."""
    has_other: bool
    """Whether the unit has the other component."""

    @property
    def needs(self) -> set[str]:
        """What a target accepts if it accepts the update: the action on the component, and with or without another."""
        state = f"{self.action} {'beside' if self.has_other else 'without'} another"
        return {f"{self.action} {self.name}", state} if self.name else {state}


class PresentComponents:
    """The components of each unit, as the last response shows them. A new unit has none."""

    def __init__(self) -> None:
        """Start without units."""
        self._of_units: dict[str, frozenset[str]] = {}
        self.accepted: set[str] = set()
        """What the target has accepted, in the words of ``_Absent.needs``."""

    def note_state(self, unit_id: str, state: Mapping[str, Any]) -> None:
        """Note the state of a unit that a response shows."""
        self._of_units[unit_id] = frozenset(name for name in COMPONENTS if isinstance(state.get(name), dict))

    def forget(self, unit_id: str) -> None:
        """Forget the state of a unit, which simultaneous requests may change."""
        self._of_units.pop(unit_id, None)

    def forget_all(self) -> None:
        """Forget the states of all units, since a request may have changed any of them."""
        self._of_units.clear()

    def note_accepted(self, unit_id: str, body: Any) -> None:
        """Note an accepted update. Called before its result is noted."""
        if unit_id in self._of_units:
            for absent in self._absent_in(unit_id, body):
                self.accepted.update(absent.needs)

    def rule_of_refusal(self, unit_id: str, body: Any) -> str | None:
        """Return the SHOULD rule that the refusal of an update breaks; None if other rules say what is right.

        A target that has accepted such an update before refuses this one for another reason.
        """
        for absent in self._absent_in(unit_id, body):
            if not absent.needs <= self.accepted:
                return "REMOVE-06" if absent.action == "remove" else "CREATE-01"
        return None

    def _absent_in(self, unit_id: str, body: Any) -> Iterator[_Absent]:
        """Yield the components in the body of an update that the unit does not have."""
        present = self._of_units.get(unit_id, frozenset())
        if body == {} and not present:
            yield _Absent("", "set", has_other=False)
        for name in COMPONENTS if isinstance(body, dict) else ():
            if isinstance(body.get(name), dict) and name not in present:
                yield _Absent(name, "set" if body[name] else "remove", bool(present))
