"""Tests that take several steps: those of a judge of their own, and those of a state machine of Hypothesis."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from hypothesis import seed
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from ..target.errors import Blocked, OutOfTime, Unreachable
from .generation import StopGeneration, current_generation
from .properties import hypothesis_settings
from .violation import Violation

_SHRINKING_STEPS = 400
"""How many steps of a state machine may be spent on a shorter sequence. A step sends up to three requests."""
Step = TypeVar("Step")


class StepJudge(ABC, Generic[Step]):
    """Takes steps, compares each with what the contract says, and keeps their words for the violations."""

    def __init__(self) -> None:
        """Start without steps."""
        self._taken: list[str] = []

    @abstractmethod
    def take(self, step: Step) -> Iterator[Violation]:
        """Take one step; yield the violations that it shows."""

    @abstractmethod
    def delete(self) -> None:
        """Delete what the steps created."""

    def judge(self, steps: Iterable[Step]) -> Generator[Violation]:
        """Take the steps, and delete what they created; yield each violation with the steps that led to it."""
        try:
            for step in steps:
                self._taken.append(str(step))
                for violation in self.take(step):
                    yield with_steps(violation, self._taken)
        finally:
            self.delete()


def with_steps(violation: Violation, steps: Sequence[str]) -> Violation:
    """Return a violation that also lists the steps before it."""
    return violation.after("; ".join(f"{number}. {step}" for number, step in enumerate(steps, start=1)))


@dataclass
class ShortestSequence:
    """The shortest sequence of a state machine that breaks a rule, and the effort that is left to shorten it."""

    violation: Violation | None = None
    steps: int = 0
    """The number of steps that led to the violation."""
    blocked_by: Unreachable | OutOfTime | Blocked | None = None
    remaining: int = _SHRINKING_STEPS

    @contextmanager
    def step(self, steps: list[str], words: str) -> Iterator[None]:
        """Judge a step within a ``with`` block, and add its description to the steps of the sequence.

        Raises:
            Violation: the step breaks a rule. It lists the steps.
            StopGeneration: the target cannot be judged, or all steps for a shorter sequence are spent.
        """
        if self.violation is not None:
            self.remaining -= 1
        if self.remaining < 0:
            raise StopGeneration
        steps.append(words)
        try:
            yield
        except Violation as violation:
            with_its_steps = with_steps(violation, steps)
            if self.violation is None or len(steps) <= self.steps:
                self.violation, self.steps = with_its_steps, len(steps)
            raise with_its_steps from violation
        except (Unreachable, OutOfTime, Blocked) as blocked_by:
            self.blocked_by = blocked_by
            raise StopGeneration from blocked_by

    def run_machine(self, machine: type[RuleBasedStateMachine], *, divide_by: int) -> None:
        """Run a state machine that takes its steps in ``step``.

        Args:
            machine: the state machine.
            divide_by: divides the number of examples of the profile.

        Raises:
            Exception: the violation with the shortest sequence, or what keeps the target from being judged.
        """
        generation = current_generation()
        examples = generation.profile.reduced_examples(divide_by)
        try:
            for chosen, share in generation.shares(examples):
                settings = hypothesis_settings(
                    generation, max_examples=share, stateful_step_count=generation.profile.steps
                )
                run_state_machine_as_test(seed(chosen)(machine), settings=settings)
        except (Violation, StopGeneration, Flaky) as end:
            # A violation that does not repeat is still one: a conforming target never gives that response.
            raise (self.violation or self.blocked_by or end) from None
