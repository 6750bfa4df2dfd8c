"""Property-based tests with Hypothesis: inputs, the simplest bad one, and the database of earlier findings."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase
from hypothesis.errors import Flaky

from ..target.errors import Blocked, NotApplicable, OutOfTime, Unreachable
from .generation import GenerationSettings, StopGeneration, current_generation
from .run_protocol import Run
from .violation import Violation

_Value = TypeVar("_Value")
_MAX_SHRINKS = 50
_MOST_SIMPLIFIED_RULES = 3
"""The number of broken rules for which ``judge_all`` looks for a simpler value. Each of them repeats the property."""
# The explain phase takes many requests, and no report shows its result.
_PHASES = [phase for phase in Phase if phase is not Phase.explain]


def hypothesis_settings(
    generation: GenerationSettings, *, max_examples: int | None = None, phases: Collection[Phase] = _PHASES, **more: Any
) -> hypothesis.settings:
    """Return the settings of Hypothesis for a property."""
    database = _TestDatabase(generation.database, generation.test) if generation.database else None
    return hypothesis.settings(
        max_examples=max_examples or generation.profile.examples,
        phases=phases,
        deadline=None,  # a target may be slow
        database=database,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),  # examples share the target of a fixture on purpose
        **more,
    )


class _TestDatabase(ExampleDatabase):
    """The part of a database that belongs to one test.

    Hypothesis derives its keys from the source of a property, which several tests share here.
    """

    def __init__(self, directory: Path, test: str) -> None:
        super().__init__()
        self._whole, self._prefix = DirectoryBasedExampleDatabase(directory), f"{test}:".encode()

    def save(self, key: bytes, value: bytes) -> None:
        self._whole.save(self._prefix + key, value)

    def fetch(self, key: bytes) -> Iterable[bytes]:
        return self._whole.fetch(self._prefix + key)

    def delete(self, key: bytes, value: bytes) -> None:
        self._whole.delete(self._prefix + key, value)


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
    generation = current_generation()
    max_shrinks = generation.shrinks_left(max_shrinks)
    remaining = itertools.count(max_shrinks, -1)

    def each(value: _Value) -> None:
        if failures:
            if next(remaining) <= 0:
                raise StopGeneration
            generation.shrinks.tried += 1
        elif repr(value) in passed:  # each share begins with the simplest value
            return
        try:
            check(value)
        except NotApplicable:
            raise
        except Exception as bad:
            failures.append(bad)
            if isinstance(bad, (Unreachable, OutOfTime)):
                raise StopGeneration from bad
            raise
        passed.add(repr(value))

    phases = [phase for phase in _PHASES if max_shrinks or phase is not Phase.shrink]
    try:
        for seed, share in generation.shares(generation.profile.reduced_examples(divide_by)):
            # The order matters: ``seed`` removes the database from settings that were applied before it.
            seeded = hypothesis.seed(seed)(hypothesis.given(values)(each))
            hypothesis_settings(generation, max_examples=share, phases=phases)(seeded)()
            phases = [phase for phase in phases if phase is not Phase.reuse]
    except (StopGeneration, Flaky):
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
    looked for.

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
            if not current_generation().shrinks_left(max_shrinks):
                break
            try:
                for_all(values, partial(raise_of, rule), divide_by=divide_by, max_shrinks=max_shrinks)
            except Violation as simplest:
                first[rule] = simplest
    finally:
        for violation in first.values():
            run.record_violation(violation)


class OperationFindings:
    """The violations that a property finds while Schemathesis generates inputs for each operation.

    All inputs are tried. The first violation of each rule and operation is recorded. For the first violation of a rule
    by a generated input, Hypothesis looks for a simpler one, and that is recorded instead.
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
            StopGeneration: enough inputs were tried to simplify a bad one; caused by the simplest violation.
        """
        if self._simplified is not None and self._simplified[1] == operation_id:
            if self._remaining <= 0:
                raise StopGeneration from self._simplest
            self._remaining -= 1
            current_generation().shrinks.tried += 1

    @contextmanager
    def judging(self, operation_id: str, *, can_be_simplified: bool) -> Iterator[None]:
        """Judge the input that was begun, or a part of it, within a ``with`` block.

        Raises:
            Violation: the input is bad, and Hypothesis simplifies it.
            StopGeneration: caused by an exception that ends the test.
        """
        try:
            yield
        except Violation as violation:
            self._judge(violation, operation_id, can_be_simplified=can_be_simplified)
        except (Unreachable, OutOfTime, Blocked) as error:
            raise StopGeneration from error

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
        shrinks = current_generation().shrinks_left(self._max_shrinks)
        if is_first_of_rule and can_be_simplified and not is_busy and shrinks:
            self._simplified, self._simplest, self._remaining = here, violation, shrinks
            if not self._judges_parts:
                raise violation
            self._postponed = violation
            return
        self._run.record_violation(violation)


def _violations(check: Callable[[_Value], Generator[Violation] | None], value: _Value) -> Generator[Violation]:
    """Yield what a check yields or raises, and let it clean up if the caller stops early."""
    try:
        violations = check(value)
        if violations is not None:
            with closing(violations):
                yield from violations
    except Violation as violation:
        yield violation
