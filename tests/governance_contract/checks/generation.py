"""The seed, the profile and the number of inputs of property-based tests, for the run and for the running test.

The seed of a test depends on the seed of the run and on the name of the test. A rule that is judged alone gets the same
inputs as in a whole run. This module does not import Hypothesis, so that a process which runs no test starts sooner.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path

_FEWEST_EXAMPLES = 2
_MOST_NEW, _MOST_SHARES = 10, 4


class StopGeneration(BaseException):
    """Ends a property at once. It is not an ``Exception``, which Hypothesis would treat as a failing example."""


@dataclass(frozen=True)
class Profile:
    """The number of inputs, steps and repetitions."""

    name: str
    examples: int
    """Inputs of each property."""
    steps: int
    """Steps of each sequence of the state machine."""
    rounds: int
    """How often a test sends simultaneous requests to provoke a race."""
    most_shrinks: int
    """How many further inputs a run tries to simplify bad ones, so that a run on a broken target does not take long."""
    every_case: bool = True
    """Whether a parametrized test runs all of its cases; otherwise it runs one."""

    def reduced_examples(self, divide_by: int) -> int:
        """Return the number of inputs divided by a number, but at least two if the profile has two."""
        return min(self.examples, max(_FEWEST_EXAMPLES, self.examples // divide_by))

    @property
    def half_rounds(self) -> int:
        """Half of ``rounds``, for tests that send many requests in each round."""
        return (self.rounds + 1) // 2


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("quick", examples=2, steps=8, rounds=3, most_shrinks=30, every_case=False),
        Profile("default", examples=25, steps=16, rounds=8, most_shrinks=1000),
        Profile("thorough", examples=400, steps=40, rounds=40, most_shrinks=100_000),
    )
}


@dataclass
class Shrinks:
    """The further inputs that the run has tried to simplify bad ones."""

    tried: int = 0


@dataclass(frozen=True)
class GenerationSettings:
    """The seed, profile and database of a run, or of one test of the run, for Hypothesis."""

    seed: int
    profile: Profile
    database: Path | None = None
    """The directory of findings of earlier runs, which are tried first. Without it, all inputs come from the seed."""
    shrinks: Shrinks = field(default_factory=Shrinks, compare=False)
    """Shared by all tests of a run."""
    test: str = ""
    """The name of the test, with parameters; empty for a run."""

    def shrinks_left(self, wanted: int) -> int:
        """Return how many of the wanted further inputs may be tried to simplify a bad one."""
        return max(0, min(wanted, self.profile.most_shrinks - self.shrinks.tried))

    def of(self, test: str) -> GenerationSettings:
        """Return the settings of one test, given its name with parameters."""
        return replace(self, seed=derived_seed(self.seed, test), test=test)

    def shares(self, examples: int) -> Iterator[tuple[int, int]]:
        """Divide a number of inputs into shares of their own; yield the seed and the number of each.

        After ten inputs of a share, Hypothesis changes earlier ones more often than it draws new ones. Most properties
        have so few inputs that new ones find more.
        """
        for number in range(_MOST_SHARES):
            share = examples if number == _MOST_SHARES - 1 else min(examples, _MOST_NEW)
            if share:
                yield derived_seed(self.seed, f"share {number}") if number else self.seed, share
            examples -= share


def derived_seed(seed: int, what: str) -> int:
    """Return a number that depends on a seed and a purpose."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{what}".encode()).digest()[:8])


_CURRENT: ContextVar[GenerationSettings] = ContextVar("generation")


def current_generation() -> GenerationSettings:
    """Return the settings of the running test."""
    return _CURRENT.get()


@contextmanager
def generating(generation: GenerationSettings) -> Iterator[None]:
    """Make the settings the current ones within a ``with`` block."""
    token = _CURRENT.set(generation)
    try:
        yield
    finally:
        _CURRENT.reset(token)
