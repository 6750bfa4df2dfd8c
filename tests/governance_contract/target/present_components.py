"""Which components each business unit has, so that a refused update breaks the right rule.

The published contract does not say whether an update can set a component that the unit does not have, or remove it.
Only SHOULD rules say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..contract.components import COMPONENTS


class AbsentPart(NamedTuple):
    """What an update asks of a unit that does not have the component, or that has no governance at all."""

    name: str
    """The absent component; empty for an empty update of a unit without governance."""
    action: str
    """``set``, ``remove`` or ``keep``."""
    other: str
    """The other component: ``present``, ``sent`` or ``absent``."""


class PresentComponents:
    """The components of each unit, as the last response shows them. A new unit has none.

    A unit that no response has shown counts as empty if an update is refused. Nothing is learned from its updates.
    """

    def __init__(self) -> None:
        """Start without units."""
        self._of_units: dict[str, frozenset[str]] = {}
        self.accepted: set[AbsentPart] = set()
        """What the target has accepted."""

    def note_state(self, unit_id: str, state: Mapping[str, Any]) -> None:
        """Note the state of a unit that a response shows."""
        self._of_units[unit_id] = frozenset(
            component for component in COMPONENTS if isinstance(state.get(component), dict)
        )

    def forget(self, unit_id: str) -> None:
        """Forget the state of a unit, which simultaneous requests may change."""
        self._of_units.pop(unit_id, None)

    def forget_all(self) -> None:
        """Forget the states of all units, since a request may have changed any of them."""
        self._of_units.clear()

    def note_accepted(self, unit_id: str, body: Any) -> None:
        """Note an accepted update. Called before its result is noted."""
        if unit_id in self._of_units:
            self.accepted.update(self._absent_parts(unit_id, body))

    def rule_of_refusal(self, unit_id: str, body: Any) -> str | None:
        """Return the SHOULD rule that the refusal of an update breaks; None if other rules say what is right.

        A target that has accepted such an update before refuses this one for another reason.
        """
        for part in self._absent_parts(unit_id, body):
            if part not in self.accepted:
                return "REMOVE-06" if part.action == "remove" else "CREATE-01"
        return None

    def _absent_parts(self, unit_id: str, body: Any) -> Iterator[AbsentPart]:
        """Yield what an update asks of components that the unit does not have."""
        if not isinstance(body, dict):
            return
        present = self._of_units.get(unit_id, frozenset())
        named = {component: body[component] for component in COMPONENTS if isinstance(body.get(component), dict)}
        if not present and not body.keys() & set(COMPONENTS):
            yield AbsentPart("", "keep", "absent")
        for component, sent in named.items():
            if component not in present:
                is_sent = any(named.get(other) for other in COMPONENTS if other != component)
                other = "present" if present else "sent" if is_sent else "absent"
                yield AbsentPart(component, "set" if sent else "remove", other)
