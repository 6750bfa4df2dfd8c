"""How properties are searched: the seed, how many inputs, and what earlier runs found.

The seed of a test depends on the seed of the run and on the test alone, so that a rule judged by itself gets the same
inputs as in the whole run.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase
from hypothesis.errors import Flaky

from ..target.target import OutOfTime, Unreachable

_Value = TypeVar("_Value")
_SIMPLER = 50
_FEWEST = 2
# Which parts of a bad input do not matter takes many requests to find out, and is never shown.
_PHASES = [phase for phase in Phase if phase is not Phase.explain]


class Enough(BaseException):
    """Ends a search at once; no Exception, since Hypothesis would take it for one more finding."""


@dataclass(frozen=True)
class Profile:
    """How much is tried."""

    name: str
    examples: int
    """Inputs for each property."""
    steps: int
    """Operations in each sequence of the state machine."""
    rounds: int
    """How often requests are sent at the same time, in hope of a race."""
    every_case: bool = True
    """Whether a test with several cases runs all of them; else its first."""

    def part(self, share: int) -> int:
        """Return how many inputs a property gets of which one in so many is tried: two at least, if there are two."""
        return min(self.examples, max(_FEWEST, self.examples // share))

    @property
    def duels(self) -> int:
        """How often, where each time takes many requests."""
        return (self.rounds + 1) // 2


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("quick", examples=2, steps=8, rounds=3, every_case=False),
        Profile("default", examples=25, steps=16, rounds=8),
        Profile("thorough", examples=400, steps=40, rounds=40),
    )
}


@dataclass(frozen=True)
class Search:
    """The search of one run, or of one test of it."""

    seed: int
    profile: Profile
    database: ExampleDatabase | None = None
    """What earlier runs found, tried first; None tries nothing but what the seed gives."""

    def of(self, test: str) -> Search:
        """Return the search of one test, by its name with parameters."""
        database = None if self.database is None else _Shelf(self.database, test)
        return replace(self, seed=derived(self.seed, test), database=database)

    def settings(
        self, *, max_examples: int | None = None, phases: Collection[Phase] = _PHASES, **more: Any
    ) -> hypothesis.settings:
        """Return Hypothesis' settings for this search."""
        return hypothesis.settings(
            max_examples=max_examples or self.profile.examples,
            phases=phases,
            deadline=None,  # a target may be slow
            database=self.database,
            report_multiple_bugs=False,
            print_blob=False,
            suppress_health_check=list(hypothesis.HealthCheck),  # a fixture's target outlives an example on purpose
            **more,
        )


def derived(seed: int, what: str) -> int:
    """Return a number that depends on a seed and on what it is for."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{what}".encode()).digest()[:8])


def open_database(directory: Path) -> ExampleDatabase:
    """Return the store of what runs found, in a directory that is made where it is needed."""
    return DirectoryBasedExampleDatabase(directory)


class _Shelf(ExampleDatabase):
    """One test's part of a store: Hypothesis' own keys tell properties by their source, which several rules share."""

    def __init__(self, whole: ExampleDatabase, test: str) -> None:
        super().__init__()
        self._whole, self._prefix = whole, f"{test}:".encode()

    def save(self, key: bytes, value: bytes) -> None:
        self._whole.save(self._prefix + key, value)

    def fetch(self, key: bytes) -> Iterable[bytes]:
        return self._whole.fetch(self._prefix + key)

    def delete(self, key: bytes, value: bytes) -> None:
        self._whole.delete(self._prefix + key, value)


_CURRENT: ContextVar[Search] = ContextVar("search")


def current() -> Search:
    """Return the search of the test that runs."""
    return _CURRENT.get()


@contextmanager
def searching(search: Search) -> Iterator[None]:
    """Make a search the current one."""
    token = _CURRENT.set(search)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def for_all(
    values: st.SearchStrategy[_Value],
    check: Callable[[_Value], None],
    *,
    share: int = 1,
    simplify: int = _SIMPLER,
) -> None:
    """Check every value that Hypothesis tries; what ``check`` raises for the simplest bad one is raised.

    Args:
        values: what to try.
        check: what to do with each.
        share: of so many inputs that the profile has for a property, one is tried.
        simplify: how many more values are tried once one is bad, in hope of a simpler one.

    Raises:
        Exception: what ``check`` raises. Where the target gives no answer or the run's time is up, nothing simpler is
            looked for.
    """
    found: list[Exception] = []
    patience = itertools.count(simplify, -1)

    @hypothesis.given(values)
    def each(value: _Value) -> None:
        if found and next(patience) <= 0:
            raise Enough
        try:
            check(value)
        except Exception as bad:
            found.append(bad)
            if isinstance(bad, (Unreachable, OutOfTime)):
                raise Enough from bad
            raise

    search = current()
    examples = search.profile.part(share)
    phases = [phase for phase in _PHASES if simplify or phase is not Phase.shrink]
    try:
        # In this order: a seed takes the store of findings out of settings that are there already.
        search.settings(max_examples=examples, phases=phases)(hypothesis.seed(search.seed)(each))()
    except (Enough, Flaky):
        if not found:
            raise
        # One that was seen once and not again is still an answer that no conforming target gives.
        raise found[-1] from None
