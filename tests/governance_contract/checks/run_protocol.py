"""The protocol of a run, as tests and checks use it. The pytest plugin implements it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from ..contract.rules import Need
from ..target.run_units import Units
from ..target.target import Target
from .violation import Violation

PLUGIN_NAME = "governance-contract-judge"
"""The name under which the run is registered with pytest's plugin manager."""
NAMED = "named"
"""The group of the checks that use the team, or the usage of the unit, that the user named. One process runs them."""
_Result = TypeVar("_Result")


class Run(Protocol):
    """One run of the checks against one target."""

    target: Target
    units: Units
    missing: dict[Need, str]
    """The needs of rules that the target does not meet, each with the reason."""

    @property
    def seed(self) -> int:
        """The seed of the run."""

    @property
    def team(self) -> str:
        """The id of the team that the user named; empty if none was named."""

    @property
    def named_units(self) -> tuple[str, ...]:
        """The ids of the business units that the user named: none, one or two."""

    def once(self, key: str, do: Callable[[], _Result]) -> _Result:
        """Call ``do`` the first time that a test asks for ``key``, and return that result each time.

        The key is a constant of the module that asks.
        """

    def note(self, text: str) -> None:
        """Add a note to the rule under test."""

    def record_violation(self, violation: Violation) -> None:
        """Record a violation without ending the test. ``violation.rule`` names the broken rule."""
