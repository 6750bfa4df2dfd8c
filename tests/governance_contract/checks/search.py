"""Property-based tests with Hypothesis: the seed, the number of inputs, and the database of earlier findings.

The seed of a test depends on the seed of the run and on the name of the test. A rule that is judged alone gets the same
inputs as in a whole run.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase
from hypothesis.errors import Flaky

from ..target.errors import Blocked, OutOfTime, Unreachable
from .expect import Violation
from .run import Run

_Value = TypeVar("_Value")
_MAX_SHRINKS = 50
_FEWEST_EXAMPLES = 2
_MOST_NEW, _MOST_SHARES = 10, 4
_MOST_SIMPLIFIED_RULES = 3
"""For how many broken rules a property of several rules searches a simpler value. Each of them repeats the search."""
# The explain phase takes many requests, and no report shows its result.
_PHASES = [phase for phase in Phase if phase is not Phase.explain]


class StopSearch(BaseException):
    """Ends a search at once. It is not an ``Exception``, which Hypothesis would treat as a failing example."""


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
class SearchSettings:
    """The seed, profile and database of a run, or of one test of the run, for Hypothesis."""

    seed: int
    profile: Profile
    database: ExampleDatabase | None = None
    """Findings of earlier runs, which are tried first. Without it, all inputs come from the seed."""
    shrinks: Shrinks = field(default_factory=Shrinks, compare=False)
    """Shared by all tests of a run."""

    def shrinks_left(self, wanted: int) -> int:
        """Return how many of the wanted further inputs may be tried to simplify a bad one."""
        return max(0, min(wanted, self.profile.most_shrinks - self.shrinks.tried))

    def of(self, test: str) -> SearchSettings:
        """Return the search of one test, given its name with parameters."""
        database = None if self.database is None else _TestDatabase(self.database, test)
        return replace(self, seed=derived_seed(self.seed, test), database=database)

    def settings(
        self, *, max_examples: int | None = None, phases: Collection[Phase] = _PHASES, **more: Any
    ) -> hypothesis.settings:
        """Return the settings of Hypothesis for this search."""
        return hypothesis.settings(
            max_examples=max_examples or self.profile.examples,
            phases=phases,
            deadline=None,  # a target may be slow
            database=self.database,
            report_multiple_bugs=False,
            print_blob=False,
            suppress_health_check=list(hypothesis.HealthCheck),  # examples share the target of a fixture on purpose
            **more,
        )

    def shares(self, examples: int) -> Iterator[tuple[int, int]]:
        """Divide a number of inputs into searches of their own; yield the seed and the number of each.

        After ten inputs of a search, Hypothesis changes earlier ones more often than it draws new ones. Most properties
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


def open_database(directory: Path) -> ExampleDatabase:
    """Return the database in a directory, which is created when a finding is saved."""
    return DirectoryBasedExampleDatabase(directory)


class _TestDatabase(ExampleDatabase):
    """The part of a database that belongs to one test.

    Hypothesis derives its keys from the source of a property, which several tests share here.
    """

    def __init__(self, whole: ExampleDatabase, test: str) -> None:
        super().__init__()
        self._whole, self._prefix = whole, f"{test}:".encode()

    def save(self, key: bytes, value: bytes) -> None:
        self._whole.save(self._prefix + key, value)

    def fetch(self, key: bytes) -> Iterable[bytes]:
        return self._whole.fetch(self._prefix + key)

    def delete(self, key: bytes, value: bytes) -> None:
        self._whole.delete(self._prefix + key, value)


_CURRENT: ContextVar[SearchSettings] = ContextVar("search")


def current_search() -> SearchSettings:
    """Return the settings of the running test."""
    return _CURRENT.get()


@contextmanager
def searching(search: SearchSettings) -> Iterator[None]:
    """Make a search the current one within a ``with`` block."""
    token = _CURRENT.set(search)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def for_all(
    values: st.SearchStrategy[_Value],
    check: Callable[[_Value], None],
    *,
    divide_by: int = 1,
    max_shrinks: int = _MAX_SHRINKS,
) -> None:
    """Check values that Hypothesis generates, and raise what ``check`` raises for the simplest bad one.

    Args:
        values: the strategy of the values.
        check: called with each value; raises if the value is bad.
        divide_by: divides the number of inputs that the profile has for a property.
        max_shrinks: the number of further values that are tried to simplify a bad one.

    Raises:
        Exception: what ``check`` raises. ``Unreachable`` and ``OutOfTime`` are raised at once, without shrinking.
    """
    failures: list[Exception] = []
    passed: set[str] = set()
    search = current_search()
    max_shrinks = search.shrinks_left(max_shrinks)
    remaining = itertools.count(max_shrinks, -1)

    def each(value: _Value) -> None:
        if failures:
            if next(remaining) <= 0:
                raise StopSearch
            search.shrinks.tried += 1
        elif repr(value) in passed:  # each share begins with the simplest value
            return
        try:
            check(value)
        except Exception as bad:
            failures.append(bad)
            if isinstance(bad, (Unreachable, OutOfTime)):
                raise StopSearch from bad
            raise
        passed.add(repr(value))

    phases = [phase for phase in _PHASES if max_shrinks or phase is not Phase.shrink]
    try:
        for seed, share in search.shares(search.profile.reduced_examples(divide_by)):
            # The order matters: ``seed`` removes the database from settings that were applied before it.
            seeded = hypothesis.seed(seed)(hypothesis.given(values)(each))
            search.settings(max_examples=share, phases=phases)(seeded)()
            phases = [phase for phase in phases if phase is not Phase.reuse]
    except (StopSearch, Flaky):
        if not failures:
            raise
        # A failure that does not repeat is still a violation: a conforming target never gives that response.
        raise failures[-1] from None


def judge_all(
    run: Run,
    values: st.SearchStrategy[_Value],
    check: Callable[[_Value], Generator[Violation] | None],
    *,
    divide_by: int = 1,
    max_shrinks: int = _MAX_SHRINKS,
) -> None:
    """Check values as ``for_all`` does, for a property that judges several rules.

    All values are tried. The first violation of each rule is recorded; for the first few rules, a simpler value is
    searched.

    Args:
        run: the run that the test is part of.
        values: the strategy of the values.
        check: called with each value; yields or raises each ``Violation``, which names its rule.
        divide_by: as for ``for_all``.
        max_shrinks: as for ``for_all``, for each rule.

    Raises:
        Exception: what ``check`` raises other than a ``Violation``.
    """
    first: dict[str | None, Violation] = {}

    def collect(value: _Value) -> None:
        for violation in _violations(check, value):
            first.setdefault(violation.rule, violation)

    def raise_of(rule: str | None, value: _Value) -> None:
        for violation in _violations(check, value):
            if violation.rule == rule:
                raise violation

    try:
        for_all(values, collect, divide_by=divide_by, max_shrinks=0)
        for rule in list(first)[:_MOST_SIMPLIFIED_RULES]:
            if not current_search().shrinks_left(max_shrinks):
                break
            try:
                for_all(values, partial(raise_of, rule), divide_by=divide_by, max_shrinks=max_shrinks)
            except Violation as simplest:
                first[rule] = simplest
    finally:
        for violation in first.values():
            run.observe_violation(violation)


class OperationFindings:
    """The violations that a property finds while Schemathesis generates inputs for each operation.

    All inputs are tried. The first violation of each rule and operation is recorded. For the first violation of a rule
    by a generated input, Hypothesis searches a simpler one, and that is recorded instead.
    """

    def __init__(self, run: Run, *, max_shrinks: int = _MAX_SHRINKS) -> None:
        """Start without violations; ``max_shrinks`` further inputs are tried to simplify a bad one."""
        self._run, self._max_shrinks = run, max_shrinks
        self._seen: set[tuple[str | None, str]] = set()
        self._simplified: tuple[str | None, str] | None = None
        """The rule and the operation whose violation is being simplified."""
        self._simplest: Violation | None = None
        self._remaining = 0
        self._judges_parts = False
        self._postponed: Violation | None = None
        """The violation to simplify once all parts of an input are judged."""

    def begin(self, operation_id: str) -> None:
        """Note that a further input of an operation is judged.

        Raises:
            StopSearch: enough inputs were tried to simplify a bad one; caused by the simplest violation.
        """
        if self._simplified is not None and self._simplified[1] == operation_id:
            if self._remaining <= 0:
                raise StopSearch from self._simplest
            self._remaining -= 1
            current_search().shrinks.tried += 1

    @contextmanager
    def judging(self, operation_id: str, *, can_be_simplified: bool) -> Iterator[None]:
        """Judge the input that was begun, or a part of it, within a ``with`` block.

        Raises:
            Violation: the input is bad, and Hypothesis simplifies it.
            StopSearch: caused by an exception that ends the test.
        """
        try:
            yield
        except Violation as violation:
            self._judge(violation, operation_id, can_be_simplified=can_be_simplified)
        except (Unreachable, OutOfTime, Blocked) as error:
            raise StopSearch from error

    @contextmanager
    def judging_parts(self) -> Iterator[None]:
        """Judge all parts of an input within a ``with`` block before the first bad one is simplified.

        Raises:
            Violation: a part is bad, and Hypothesis simplifies the input.
        """
        self._judges_parts, self._postponed = True, None
        try:
            yield
        finally:
            self._judges_parts = False
        if self._postponed is not None:
            raise self._postponed

    def _judge(self, violation: Violation, operation_id: str, *, can_be_simplified: bool) -> None:
        here = violation.rule, operation_id
        if here == self._simplified and not (self._judges_parts and self._postponed):
            self._simplest = violation
            raise violation
        if here in self._seen:
            return
        is_first_of_rule = all(rule != violation.rule for rule, _ in self._seen)
        is_busy = self._simplified is not None and self._simplified[1] == operation_id
        self._seen.add(here)
        shrinks = current_search().shrinks_left(self._max_shrinks)
        if is_first_of_rule and can_be_simplified and not is_busy and shrinks:
            self._simplified, self._simplest, self._remaining = here, violation, shrinks
            if not self._judges_parts:
                raise violation
            self._postponed = violation
            return
        self._run.observe_violation(violation)


def _violations(check: Callable[[_Value], Generator[Violation] | None], value: _Value) -> Generator[Violation]:
    """Yield what a check yields or raises, and let it clean up if the caller stops early."""
    try:
        violations = check(value)
        if violations is not None:
            with closing(violations):
                yield from violations
    except Violation as violation:
        yield violation
