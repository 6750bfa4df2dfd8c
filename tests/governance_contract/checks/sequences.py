"""Hypothesis strategies of sequences of operations on one business unit.

A sequence takes its settings from a small pool, so that it returns to earlier values, and often concerns one component.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from random import Random
from typing import Any

from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from ..contract.components import COMPONENTS, HALVES
from ..contract.document import Contract
from ..contract.operation_ids import UPDATE_GOVERNANCE
from ..target.errors import Blocked, OutOfTime, Unreachable
from ..target.unit import other_component
from .expect import Violation
from .generation import StopGeneration, current_generation
from .properties import hypothesis_settings
from .strategies import Body, alignable_budgets, breaks_schema, rate_limits, short_budgets, updates_with_one_bad_value
from .update_effects import is_complete
from .values import counts, dollars, durations, short_time_units, similar_durations

_SHRINKING_STEPS = 400
"""How many steps of a state machine may be spent on a shorter sequence. A step sends up to three requests."""
_PARTS = 10
_BAD_UPDATES = 4
_SHARES = ((9, 1, 0), (6, 3, 1), (4, 4, 0), (6, 1, 4))
_SHARES_OF_ABSENT = (12, 2, 1)
_IS_KEPT = st.sampled_from([False, *[True] * 11])  # simplified sequences lack steps
_PRESENT = 0.6
"""The probability that a kind of step other than an update is part of a sequence."""
_CHANGES = 0.3
"""The probability that an update is a change from one complete setting of a component to another."""
_INCOMPLETE: Body = {"max_limit": 5, "reset_duration": "1M"}
"""Fields of a budget. Each alone is incomplete."""
_FLAGS, _SHORT_FLAGS = (True, True, False, None), (False, False)
"""The values of ``calendar_aligned`` that a sequence uses. Those whose order matters most are there twice."""


class ActionKind(StrEnum):
    """What a step does."""

    UPDATE = "update"
    BAD_UPDATE = "update that must be refused"
    REPEAT = "repeat the last update"
    CREATE = "create governance"
    BAD_CREATE = "create governance without a required field"
    DELETE = "delete governance"
    RENAME = "rename"
    NEIGHBOUR = "update another unit"


@dataclass(frozen=True)
class Action:
    """One step of a sequence: what it does, and its body."""

    kind: ActionKind
    body: Any = None
    rule: str = ""
    """The rule that requires the refusal of a bad request."""

    def __str__(self) -> str:
        """Return the step in words."""
        return self.kind if self.body is None else f"{self.kind} {json.dumps(self.body, ensure_ascii=False)}"


_WEIGHTS: Mapping[ActionKind, int] = {
    ActionKind.UPDATE: 9,
    ActionKind.BAD_UPDATE: 5,
    ActionKind.REPEAT: 1,
    ActionKind.CREATE: 2,
    ActionKind.BAD_CREATE: 1,
    ActionKind.DELETE: 1,
    ActionKind.RENAME: 1,
    ActionKind.NEIGHBOUR: 2,
}


@dataclass(frozen=True)
class _Pool:
    """The settings and the bad updates of one sequence."""

    budgets: list[Body]
    """With each value of ``calendar_aligned`` that the contract permits with the duration."""
    rate_limits: list[Body]
    bad_updates: list[Action]
    shares: tuple[int, int, int]
    """How many of the components in updates are complete, removed, and incomplete."""
    focus: str | None
    """A component that many updates concern."""

    def of(self, name: str) -> list[Body]:
        """Return the settings of a component."""
        return self.budgets if name == "budget" else self.rate_limits


@st.composite
def sequences(draw: st.DrawFn, contract: Contract, kinds: Sequence[ActionKind]) -> list[Action]:
    """Return a sequence of steps.

    Hypothesis draws the settings, and which steps are taken. The steps are a random sample: drawn one by one, most
    would be the simplest ones. Each depends on the components that the unit has then.

    Args:
        draw: drawn by Hypothesis.
        contract: the contract in use.
        kinds: the kinds of steps that the target serves.
    """
    some_budgets, some_limits = draw(_two_budgets(contract)), draw(_two_limits(contract))
    bad = draw(st.lists(_refused_updates(contract, some_limits), min_size=_BAD_UPDATES, max_size=_BAD_UPDATES))
    random = Random(draw(st.integers(0, 2**32 - 1)))  # noqa: S311  a sample, not a secret
    focus = random.choice([*COMPONENTS, None])
    pool = _Pool(_with_flags(contract, some_budgets), some_limits, bad, random.choice(_SHARES), focus)
    # Some kinds are left out of each sequence, so that the others meet more often.
    weights = [_WEIGHTS[kind] * (kind is ActionKind.UPDATE or random.random() < _PRESENT) for kind in kinds]
    present: frozenset[str] = frozenset()
    parts: list[list[Action]] = []
    for kind in random.choices(kinds, weights, k=_PARTS):
        parts.append(_part(kind, kinds, pool, present, random))
        for step in parts[-1]:
            present = _after(step, present)
    kept = draw(st.tuples(*[_IS_KEPT] * _PARTS))
    return [step for part, is_kept in zip(parts, kept, strict=True) if is_kept for step in part]


@cache
def _two_budgets(contract: Contract) -> st.SearchStrategy[list[Body]]:
    """Return two complete budgets. Some differ only in the unit of the duration."""
    alignable = alignable_budgets(contract)
    two = st.tuples(alignable, alignable | short_budgets(contract)).map(list)
    similar = st.builds(
        lambda amount, pair: [{"max_limit": amount, "reset_duration": duration} for duration in pair],
        dollars(),
        similar_durations(contract),
    )
    return two | two | similar


@cache
def _two_limits(contract: Contract) -> st.SearchStrategy[list[Body]]:
    """Return two complete rate limits. Some differ only in the unit of the duration."""
    two = st.lists(rate_limits(contract), min_size=2, max_size=2)
    similar = st.builds(
        lambda half, count, two: [{f"{half}_max_limit": count, f"{half}_reset_duration": one} for one in two],
        st.sampled_from(HALVES),
        counts(contract),
        similar_durations(contract),
    )
    return two | two | similar


def _after(step: Action, present: frozenset[str]) -> frozenset[str]:
    """Return the components that a unit has after a step, if it had some before and each step is accepted."""
    match step.kind:
        case ActionKind.DELETE:
            return frozenset()
        case ActionKind.UPDATE:
            changed = {name for name, given in step.body.items() if is_complete(name, given)}
            return (present | changed) - {name for name, given in step.body.items() if not given}
        case ActionKind.CREATE if not present:
            return frozenset(step.body)
        case _:
            return present


def _part(
    kind: ActionKind, kinds: Sequence[ActionKind], pool: _Pool, present: frozenset[str], random: Random
) -> list[Action]:
    """Return a step of a kind on a unit with some components, and the steps that prepare it."""
    match kind:
        case ActionKind.UPDATE if random.random() < _CHANGES:
            name = pool.focus or random.choice(COMPONENTS)
            return [Action(kind, {name: settings}) for settings in random.sample(pool.of(name), 2)]
        case ActionKind.UPDATE:
            return [Action(kind, _update(pool, present, random))]
        case ActionKind.NEIGHBOUR:
            return [Action(kind, _update(pool, frozenset(COMPONENTS), random))]
        case ActionKind.BAD_UPDATE:
            return [random.choice(pool.bad_updates)]
        case ActionKind.CREATE | ActionKind.BAD_CREATE:
            return [*_removal(kinds, random), *_creation(kind, pool, random)]
        case _:
            return [Action(kind)]


def _update(pool: _Pool, present: frozenset[str], random: Random) -> Body:
    """Return an update whose components are omitted, removed, complete or incomplete."""
    focus = [[pool.focus]] * 3 if pool.focus else [[]]
    names = random.choice([*focus, *([name] for name in COMPONENTS), list(COMPONENTS)])
    shares = {True: pool.shares, False: _SHARES_OF_ABSENT}
    return {name: _given(random.choice(pool.of(name)), shares[name in present], random) for name in names}


def _given(whole: Body, shares: tuple[int, int, int], random: Random) -> Body:
    """Return a component as it is, empty, or without some of its fields."""
    how = random.choices(("whole", "removed", "part"), shares)[0]
    if how == "part":
        kept = random.sample(sorted(whole), random.randint(1, len(whole)))
        return {field: value for field, value in whole.items() if field in kept}
    return whole if how == "whole" else {}


def _removal(kinds: Sequence[ActionKind], random: Random) -> list[Action]:
    """Return a way to remove all governance, or no step."""
    both = Action(ActionKind.UPDATE, {"budget": {}, "rate_limit": {}})
    one_by_one = [Action(ActionKind.UPDATE, {name: {}}) for name in COMPONENTS]
    deletion = [Action(ActionKind.DELETE)] if ActionKind.DELETE in kinds else [both]
    return random.choice([[], [both], one_by_one, deletion])


def _creation(kind: ActionKind, pool: _Pool, random: Random) -> list[Action]:
    """Return a creation; for a bad one, a creation whose budget lacks a required field comes before it."""
    names = random.choice([*([name] for name in COMPONENTS), list(COMPONENTS)])
    # Unlike an update, a creation cannot have a null flag.
    without_null = [budget for budget in pool.budgets if budget.get("calendar_aligned", False) is not None]
    body = {name: random.choice(without_null if name == "budget" else pool.rate_limits) for name in names}
    if kind is ActionKind.CREATE:
        return [Action(kind, body)]
    sent = random.choice(sorted(_INCOMPLETE))
    incomplete = {sent: body.get("budget", _INCOMPLETE)[sent]}
    return [Action(kind, {**body, "budget": incomplete}, "CREATE-10"), Action(ActionKind.CREATE, body)]


def _with_flags(contract: Contract, settings: list[Body]) -> list[Body]:
    """Return budgets with any value of ``calendar_aligned`` that the contract permits with the duration."""
    found = []
    for budget in settings:
        fields = {field: value for field, value in budget.items() if field != "calendar_aligned"}
        alignable = fields["reset_duration"][-1] in contract.calendar_alignment.time_units
        found += [{**fields, "calendar_aligned": flag} for flag in (_FLAGS if alignable else _SHORT_FLAGS)]
        found += [fields] if alignable else []
    return found


def _refused_updates(contract: Contract, limits: list[Body]) -> st.SearchStrategy[Action]:
    """Return updates that are refused in every state. Most also have a component that is valid alone, or a removal."""

    def with_other(bad: Action, other: Body | None, first: bool) -> Action:
        names = list(bad.body)
        if other is None or len(names) != 1 or (other and names == ["rate_limit"]):
            return bad
        added = {other_component(names[0]): other}
        return replace(bad, body={**added, **bad.body} if first else {**bad.body, **added})

    others = st.sampled_from([{}, {}, *limits, None])
    return st.builds(with_other, _wrong_updates(contract), others, st.booleans())


@cache
def _wrong_updates(contract: Contract) -> st.SearchStrategy[Action]:
    """Return updates with one value that is refused in every state."""
    short = st.builds(
        lambda amount, duration: Action(
            ActionKind.BAD_UPDATE,
            {"budget": {"max_limit": amount, "reset_duration": duration, "calendar_aligned": True}},
            "VALID-11",
        ),
        dollars(),
        durations(contract, short_time_units(contract)),
    )
    wrong = st.builds(
        lambda raw, name: Action(ActionKind.BAD_UPDATE, _alone(json.loads(raw), name), "VALID-15"),
        updates_with_one_bad_value(contract, UPDATE_GOVERNANCE),
        st.sampled_from([*COMPONENTS, None]),
    ).filter(lambda action: breaks_schema(contract, UPDATE_GOVERNANCE, json.dumps(action.body).encode()))
    return short | wrong


def _alone(body: Body, name: str | None) -> Body:
    """Return only one component of a body, if it is there."""
    return {name: body[name]} if name in body else body


# -- sequences that break a rule --------------------------------------------------------------------------------------


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
        except Violation as found:
            told = with_steps(found, steps)
            if self.violation is None or len(steps) <= self.steps:
                self.violation, self.steps = told, len(steps)
            raise told from found
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
