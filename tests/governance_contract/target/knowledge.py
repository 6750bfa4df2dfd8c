"""What a run learns about its target from the responses."""

from __future__ import annotations

from dataclasses import dataclass, field

from .members import Members
from .present_components import PresentComponents
from .server_clock import ServerClock


@dataclass(frozen=True)
class Knowledge:
    """What is known about a target. Each ``Target`` has its own, and its exchanges refer to it."""

    clock: ServerClock = field(default_factory=ServerClock)
    """The clock of the target."""
    members: Members = field(default_factory=Members)
    """The members of responses that are compared."""
    components: PresentComponents = field(default_factory=PresentComponents)
    """The components that each unit has."""
    assigned_teams: set[str] = field(default_factory=set)
    """The teams that the target has assigned to a unit in this run."""
